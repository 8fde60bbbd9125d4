/// <reference types="vite/client" />
import { describe, expect, test } from "vitest";
import { fill, formatAge, formatDay, formatMoment, LANGUAGES, pickLanguage, REASONS } from "../src/i18n.js";

const sources = Object.values(
  import.meta.glob("../src/**/*.ts", { query: "?raw", import: "default", eager: true }) as Record<string, string>,
).join("\n");
const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map((match) => match[0]).sort();

describe("texts", () => {
  test("both languages have the same ones, with the same holes", () => {
    expect(Object.keys(LANGUAGES.en)).toEqual(Object.keys(LANGUAGES.zh));
    for (const key of Object.keys(LANGUAGES.zh) as (keyof typeof LANGUAGES.zh)[]) {
      expect(holes(LANGUAGES.en[key])).toEqual(holes(LANGUAGES.zh[key]));
      expect(LANGUAGES.zh[key].trim()).not.toBe("");
    }
    expect(Object.keys(REASONS.en)).toEqual(Object.keys(REASONS.zh));
  });

  test("each of them is used", () => {
    const used = (key: string): boolean =>
      new RegExp(`ords\\.${key}\\b|\\{[^{}]*\\b${key}\\b[^{}]*\\} = [\\w.]*words|LANGUAGES\\[lang\\]\\.${key}\\b`).test(
        sources,
      );
    expect(Object.keys(LANGUAGES.zh).filter((key) => !used(key))).toEqual([]);
  });

  test("English holds no Chinese", () => {
    for (const text of [...Object.values(LANGUAGES.en), ...Object.values(REASONS.en)])
      expect(text).not.toMatch(/\p{Script=Han}/u);
  });
});

test.each([
  ["zh-CN", "zh"],
  ["zh-TW", "zh"],
  ["ZH-hant-HK", "zh"],
  ["en-GB", "en"],
  ["de", "en"],
  ["", "zh"],
  [null, "zh"],
])("language of %j is %s", (tag, lang) => expect(pickLanguage(tag)).toBe(lang));

test("a hole without a value stays", () => expect(fill("{n} of {all}", { n: 1 })).toBe("1 of {all}"));

describe("dates are China's", () => {
  const late = "2026-11-20T17:30:00Z"; // already the 21st in Shanghai
  test("day", () => {
    expect(formatDay(late, "zh")).toBe("2026年11月21日");
    expect(formatDay(late, "en")).toBe("November 21, 2026");
  });
  test("moment", () => expect(formatMoment(late, "zh")).toBe("2026年11月21日 01:30"));
  test("midnight is no hour 24", () =>
    expect(formatMoment("2026-11-20T16:00:00Z", "en")).toBe("November 21, 2026 00:00"));
  test.each([null, "", "nonsense"])("%j is undated", (iso) => {
    expect(formatDay(iso, "zh")).toBe("日期不详");
    expect(formatMoment(iso, "en")).toBe("undated");
  });
  test.each([
    ["2026-11-21T00:00:00Z", "今天"],
    ["2026-11-18T00:00:00Z", "3 天前"],
    ["2026-01-01T00:00:00Z", ""],
    ["2027-01-01T00:00:00Z", ""],
    [null, ""],
  ])("age of %j is %j", (iso, said) =>
    expect(formatAge(iso, Date.parse("2026-11-21T08:00:00Z"), LANGUAGES.zh)).toBe(said),
  );
});
