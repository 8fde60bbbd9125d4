import { defineConfig } from "vitest/config";

// One ES module, the same bytes on every machine: no hash in the name, no source map, no time.
export default defineConfig({
  build: {
    lib: { entry: "src/index.ts", formats: ["es"], fileName: () => "widget.js" },
    target: "es2022",
    outDir: "../static",
    emptyOutDir: false,
    minify: true,
    // A library build keeps its white space unless it is told not to.
    rolldownOptions: { output: { minify: true, comments: false } },
    sourcemap: false,
    reportCompressedSize: false,
  },
  test: { environment: "happy-dom", include: ["test/**/*.test.ts"] },
});
