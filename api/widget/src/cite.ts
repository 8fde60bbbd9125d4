// Words and links of citations.

import { fill, formatDay, LANGUAGES, type Lang, type Strings } from "./i18n.js";
import type { Article, Citation, Quote } from "./types.js";

const LONGEST_FRAGMENT = 120;

/** 财联社，2026年11月20日，《央行下调LPR》 */
export function describe(article: Article, lang: Lang): string {
  const words = LANGUAGES[lang];
  const name = shown(article.title);
  const title = name ? (lang === "zh" ? `《${name}》` : `“${name}”`) : "";
  const parts = [shown(article.publisher) || words.unknown, formatDay(article.published_at, lang), title];
  return parts.filter(Boolean).join(lang === "zh" ? "，" : ", ");
}

/** What a chip is called. */
export function chipLabel(citation: Citation, lang: Lang, words: Strings): string {
  return fill(words.source, { n: citation.number, about: describe(citation.document, lang) });
}

/** An http(s) address, or nothing: no other scheme is ever a link. */
export function safeUrl(raw: string | null): string {
  try {
    const url = new URL(raw ?? "");
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : "";
  } catch {
    return "";
  }
}

/** The publisher's page, scrolled to the quote by browsers that know text fragments. */
export function originalUrl(article: Article, quote: Quote | undefined): string {
  const url = safeUrl(article.url);
  if (!url || !quote || url.includes("#")) return url;
  const words = [...quote.text].slice(0, LONGEST_FRAGMENT).join("");
  return `${url}#:~:text=${encode(words).replace(/-/g, "%2D")}`;
}

/** Our own page of the article, with a passage marked; a link has no header, so the key is in it. */
export function viewerUrl(endpoint: string, id: string, start: number, end: number, key: string): string {
  const right = key ? `&key=${encode(key)}` : "";
  return `${endpoint}/documents/${encode(id)}?s=${start}&e=${end}${right}#mark`;
}

/** Half a character, which no address can hold, becomes the sign for one that is lost. */
function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"));
}

/** Text of an article as it is shown: without the marks that turn the direction of writing. */
export function shown(text: string): string {
  return text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}

/** 《标题》，发布方，日期，URL */
export function citationText(citation: Citation, lang: Lang): string {
  const { document } = citation;
  return [describe(document, lang), safeUrl(document.url)].filter(Boolean).join(lang === "zh" ? "，" : ", ");
}

/** Index into a JavaScript string for a count of code points. */
export function codePointsToUnits(text: string): (points: number) => number {
  const at: number[] = [0];
  for (const character of text) at.push((at.at(-1) as number) + character.length);
  return (points) => at[Math.max(0, Math.min(points, at.length - 1))] as number;
}
