import { defineConfig } from "vitest/config";

// A real browser against a real server: one file at a time, on a machine with few cores.
export default defineConfig({
  test: {
    environment: "node",
    include: ["e2e/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
