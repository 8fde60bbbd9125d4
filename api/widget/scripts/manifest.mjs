// After a build: hash, integrity and weight of what was built; fails over the budget.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST = { gzip: 30_720, bytes: 98_304 };
const folder = new URL("../../static/", import.meta.url);
const built = readFileSync(new URL("widget.js", folder));
const manifest = {
  file: "widget.js",
  hash: createHash("sha256").update(built).digest("hex").slice(0, 12),
  integrity: `sha384-${createHash("sha384").update(built).digest("base64")}`,
  bytes: built.length,
  gzip: gzipSync(built, { level: 9 }).length,
};
writeFileSync(new URL("manifest.json", folder), `${JSON.stringify(manifest, null, 2)}\n`);

const notices = ["lit", "eventsource-parser"].map((name) => {
  const home = new URL(`../node_modules/${name}/`, import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL("package.json", home), "utf8"));
  return `${name} ${version}\n\n${readFileSync(new URL("LICENSE", home), "utf8").trim()}\n`;
});
writeFileSync(new URL("widget.js.LICENSES.txt", folder), notices.join(`\n${"-".repeat(72)}\n\n`));

console.log(`widget.js ${manifest.bytes} B, ${manifest.gzip} B gzipped`);
if (manifest.gzip > MOST.gzip || manifest.bytes > MOST.bytes) {
  console.error(`over the budget of ${MOST.bytes} B, ${MOST.gzip} B gzipped`);
  process.exit(1);
}
