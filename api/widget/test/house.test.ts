/// <reference types="vite/client" />
// What the source never does, so that no text can become markup and no policy is broken.

import { expect, test } from "vitest";

const SOURCES = import.meta.glob("../src/**/*.ts", { query: "?raw", import: "default", eager: true }) as Record<
  string,
  string
>;

test.each([
  [
    "makes markup from text",
    /innerHTML|outerHTML|unsafeHTML|unsafeSVG|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser/,
  ],
  ["runs text", /\beval\(|new Function|setTimeout\("|import\(/],
  ["writes a style attribute", /\bstyle=|cssText|setAttribute\("style/],
  ["writes a handler as text", /\son[a-z]+=/],
  ["names another host", /https?:\/\/[a-z]+\.[a-z]/],
  ["keeps cookies", /document\.cookie/],
  ["asks the reader in a window of the browser", /window\.(confirm|alert|prompt)|\balert\(/],
  ["opens a link that tells the other side", /target="_blank"(?![^>]*rel="noopener)/],
  ["writes to the console", /console\./],
])("never %s", (_, pattern) => {
  const found = Object.entries(SOURCES).filter(([, text]) => pattern.test(text.replace(/^\s*\/\/.*$/gm, "")));
  expect(found.map(([name]) => name)).toEqual([]);
});

test("no file has two jobs", () => {
  const long = Object.entries(SOURCES).filter(([, text]) => text.split("\n").length > 350);
  expect(long.map(([name]) => name)).toEqual([]);
});
