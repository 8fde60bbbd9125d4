import fc from "fast-check";
import { describe, expect, test } from "vitest";
import cases from "../../../tests/data/markdown_cases.json";
import { type Block, type Inline, type Item, parseInline, parseMarkdown, plainText } from "../src/md.js";

interface Case {
  name: string;
  markdown: string;
  shown: string;
  server: string;
  bold?: string[];
  links?: string[];
  cites?: number[];
}
const CASES = cases as Case[];

/** Every piece of a text, outer before inner. */
function pieces(blocks: Block[]): Inline[] {
  const ofItem = (item: Item): Inline[][] => [item.line, ...item.nested.flatMap(ofItem)];
  const lines = blocks.flatMap((block): Inline[][] => {
    switch (block.kind) {
      case "paragraph":
      case "quote":
        return block.lines;
      case "heading":
        return [block.line];
      case "list":
        return block.items.flatMap(ofItem);
      case "table":
        return [...block.head, ...block.rows.flat()];
      default:
        return [];
    }
  });
  const flat = (line: Inline[]): Inline[] =>
    line.flatMap((piece) => ("children" in piece ? [piece, ...flat(piece.children)] : [piece]));
  return lines.flatMap(flat);
}

const text = (piece: Inline): string =>
  "children" in piece ? piece.children.map(text).join("") : "text" in piece ? piece.text : "";
const shape = (markdown: string): string =>
  parseMarkdown(markdown)
    .map((block) => block.kind)
    .join(" ");

describe("the cases that the server's tests read too", () => {
  test.each(CASES)("$name", ({ markdown, shown, server, bold, links, cites }) => {
    const blocks = parseMarkdown(markdown);
    const all = pieces(blocks);
    expect(plainText(blocks)).toBe(shown);
    if (bold) expect(all.filter((one) => one.kind === "bold").map(text)).toEqual(bold);
    if (links) expect(all.flatMap((one) => (one.kind === "link" ? [one.href] : []))).toEqual(links);
    if (cites) expect(all.flatMap((one) => (one.kind === "cite" ? one.numbers : []))).toEqual(cites);
    // What the server says is shown as it stands.
    expect(plainText(parseMarkdown(server))).toBe(server);
    expect(pieces(parseMarkdown(server)).every((one) => one.kind === "text")).toBe(true);
  });
});

describe("blocks", () => {
  test.each([
    ["一\n二", "paragraph"],
    ["一\n\n二", "paragraph paragraph"],
    ["# 一\n二", "heading paragraph"],
    ["##### 五级不是标题", "paragraph"],
    ["#话题# 不是标题", "paragraph"],
    ["- 一\n- 二\n\n1. 一", "list list"],
    ["- 一\n1. 二", "list list"],
    ["-3.5% 不是列表", "paragraph"],
    ["2025. 年", "paragraph"],
    ["> 一\n> 二\n三", "quote paragraph"],
    ["```\n- 一\n```\n二", "code paragraph"],
    ["```\n没有结束", "code"],
    ["| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n三", "table paragraph"],
    ["甲|乙\n不是表格", "paragraph"],
    ["", ""],
    ["\r\n\r\n", ""],
  ])("%j is %s", (markdown, kinds) => expect(shape(markdown)).toBe(kinds));

  test("a list may hold a list", () => {
    const [list] = parseMarkdown("3. 一\n  - 二\n  - 三\n4. 四");
    expect(list).toMatchObject({
      kind: "list",
      items: [{ start: 3, nested: [{ start: null }, { start: null }] }, { start: 4 }],
    });
  });

  test("a row has no more cells than its head", () => {
    const [table] = parseMarkdown("| 甲 |\n|---|\n| 1 | 2 | 3 |");
    expect(table).toMatchObject({ kind: "table", rows: [[[{ text: "1" }]]] });
  });
});

describe("citations", () => {
  test.each([
    ["[1]", [[1]]],
    ["【1】", [[1]]],
    ["［1］", [[1]]],
    ["[1,2]", [[1, 2]]],
    ["[1、2]", [[1, 2]]],
    ["[1][2]", [[1, 2]]],
    ["[1]和[2]", [[1], [2]]],
    ["[123]", []],
    ["[a]", []],
    ["[]", []],
  ])("%s", (markdown, numbers) => {
    const found = parseInline(markdown).flatMap((one) => (one.kind === "cite" ? [one.numbers] : []));
    expect(found).toEqual(numbers);
  });
});

const odd = fc.string({
  unit: fc.constantFrom(..."*_~`#>|-[]()【】\n 1.3万信用卡😀<&\u202ehttps://a"),
  maxLength: 120,
});

describe("any text", () => {
  test("is read, and nothing of it is lost but syntax", () => {
    fc.assert(
      fc.property(odd, (markdown) => {
        const kept = (from: string): string => [...from].filter((c) => /[信用卡万😀&<\u202e]/u.test(c)).join("");
        const blocks = parseMarkdown(markdown);
        const links = pieces(blocks).flatMap((one) => (one.kind === "link" ? [one.href] : []));
        const lost = [...kept(markdown)].length - [...kept(plainText(blocks))].length;
        const fences = markdown.split("\n").filter((line) => line.startsWith("```"));
        const cut = blocks.some((one) => one.kind === "table"); // a table drops cells over its head
        if (!links.length && !fences.length && !cut) expect(lost).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  test("links go to http and https alone", () => {
    fc.assert(
      fc.property(odd, fc.constantFrom("javascript:", "data:", "vbscript:", "https://", "//"), (label, scheme) => {
        for (const piece of pieces(parseMarkdown(`[${label}](${scheme}x.cn/a)`))) {
          if (piece.kind === "link") expect(piece.href).toMatch(/^https?:\/\//);
        }
      }),
    );
  });

  test("that grows keeps the blocks before its last one", () => {
    fc.assert(
      fc.property(odd, odd, (begun, more) => {
        const before = parseMarkdown(`${begun}\n\n`);
        const after = parseMarkdown(`${begun}\n\n${more}`);
        // Only what is still open may change: an unclosed fence takes what follows.
        if (before.at(-1)?.kind !== "code") expect(after.slice(0, before.length)).toEqual(before);
      }),
      { numRuns: 1000 },
    );
  });

  test("places point at the source", () => {
    fc.assert(
      fc.property(odd, (markdown) => {
        for (const piece of pieces(parseMarkdown(markdown))) {
          if (piece.kind === "text" || piece.kind === "code") {
            expect(markdown.slice(piece.at, piece.at + piece.text.length)).toBe(piece.text);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("ten thousand stars are read at once", () => {
    const start = performance.now();
    for (const one of ["*", "[", "`", "**a", "[a](", "|", "> ", "【1"]) parseMarkdown(one.repeat(10_000));
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
