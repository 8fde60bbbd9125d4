import { expect, test } from "vitest";
import {
  chipLabel,
  citationText,
  codePointsToUnits,
  originalUrl,
  safeUrl,
  describe as said,
  shown,
  viewerUrl,
} from "../src/cite.js";
import { answerHtml, answerText } from "../src/clipboard.js";
import { LANGUAGES } from "../src/i18n.js";
import { newTurn } from "../src/turns.js";
import type { Article, Citation, Quote, Turn } from "../src/types.js";

const article: Article = {
  id: "doc-1",
  title: "央行下调LPR",
  publisher: "财联社",
  published_at: "2026-11-20T09:30:00+08:00",
  url: "https://news.example.com/a?b=1",
  truncated: false,
};
const quote: Quote = {
  text: "1年期LPR为3.0%，5-年期为3.5%。",
  start: 3,
  end: 20,
  prefix: "",
  suffix: "",
  sentence_indexes: [0],
};
const citation: Citation = { number: 1, document: article, quotes: [quote], reprints: [] };
const turn: Turn = { ...newTurn("问", LANGUAGES.zh), text: "**LPR**为3.0%[1]。<b>", citations: [citation] };

test("a source in words", () => {
  expect(said(article, "zh")).toBe("财联社，2026年11月20日，《央行下调LPR》");
  expect(said(article, "en")).toBe("财联社, November 20, 2026, “央行下调LPR”");
  expect(said({ ...article, publisher: "", title: "", published_at: null }, "zh")).toBe("来源不详，日期不详");
  expect(chipLabel(citation, "zh", LANGUAGES.zh)).toBe("来源 1：财联社，2026年11月20日，《央行下调LPR》");
});

test.each([
  ["https://a.cn/x", "https://a.cn/x"],
  ["http://a.cn", "http://a.cn/"],
  ["javascript:alert(1)", ""],
  ["JaVaScRiPt:alert(1)", ""],
  ["data:text/html,x", ""],
  ["//a.cn/x", ""],
  ["/x", ""],
  ["", ""],
  [null, ""],
])("address %j", (raw, url) => expect(safeUrl(raw)).toBe(url));

test("the publisher's page opens at the quote", () => {
  const url = originalUrl(article, quote);
  expect(url).toMatch(/^https:\/\/news\.example\.com\/a\?b=1#:~:text=/);
  // A bare dash and comma have a meaning of their own in a text fragment.
  expect(url.split("text=")[1]).not.toMatch(/[-,&]/);
  expect(decodeURIComponent(url.split("text=")[1] ?? "")).toBe(quote.text);
  expect(originalUrl({ ...article, url: "https://a.cn/#top" }, quote)).toBe("https://a.cn/#top");
  expect(originalUrl({ ...article, url: "javascript:x" }, quote)).toBe("");
  expect(originalUrl({ ...article, url: null }, quote)).toBe("");
});

test("half a character in a quote or a name does not break an address", () => {
  expect(originalUrl(article, { ...quote, text: "信\ud800用" })).toMatch(/text=%E4%BF%A1%EF%BF%BD%E7%94%A8$/);
  expect(viewerUrl("https://qa.cn", "\ud800", 0, 1, "")).toContain("/documents/%EF%BF%BD?");
});

test("our page of an article", () => {
  expect(viewerUrl("https://qa.cn", "a/b ?", 3, 20, "")).toBe("https://qa.cn/documents/a%2Fb%20%3F?s=3&e=20#mark");
  expect(viewerUrl("https://qa.cn", "a", 3, 20, "hw_pk_x")).toBe("https://qa.cn/documents/a?s=3&e=20&key=hw_pk_x#mark");
});

test("what is copied", () => {
  expect(citationText(citation, "zh")).toBe("财联社，2026年11月20日，《央行下调LPR》，https://news.example.com/a?b=1");
  expect(answerText(turn, "zh")).toBe(
    "LPR为3.0%[1]。<b>\n\n参考来源\n[1] 财联社，2026年11月20日，《央行下调LPR》，https://news.example.com/a?b=1",
  );
  expect(answerHtml(turn, "zh")).toContain("LPR为3.0%[1]。&#60;b&#62;");
  expect(answerHtml(turn, "zh")).not.toContain("<b>");
  expect(answerText({ ...turn, citations: [] }, "zh")).toBe("LPR为3.0%[1]。<b>");
});

test("code points become places in a string", () => {
  const units = codePointsToUnits("a😀信");
  expect([0, 1, 2, 3, 9, -1].map(units)).toEqual([0, 1, 3, 4, 4, 0]);
});

test("marks that turn the writing around are not shown", () =>
  expect(shown("\u202e倒\u202c\u200f序\u2067")).toBe("倒序"));
