// Answers and citations for the clipboard.

import { citationText } from "./cite.js";
import { LANGUAGES, type Lang } from "./i18n.js";
import { parseMarkdown, plainText } from "./md.js";
import type { Citation, Turn } from "./types.js";

/** Put an answer there, as text and as markup. @throws where the browser does not allow it */
export async function copyAnswer(turn: Turn, lang: Lang): Promise<void> {
  const both = { "text/plain": answerText(turn, lang), "text/html": answerHtml(turn, lang) };
  const blobs = Object.entries(both).map(([type, data]) => [type, new Blob([data], { type })]);
  await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
}

/** Put 《标题》，发布方，日期，URL there. @throws where the browser does not allow it */
export async function copyCitation(citation: Citation, lang: Lang): Promise<void> {
  await navigator.clipboard.writeText(citationText(citation, lang));
}

/** An answer: its text with `[1]`, then the list of sources. */
export function answerText(turn: Turn, lang: Lang): string {
  const lines = turn.citations.map((citation) => `[${citation.number}] ${citationText(citation, lang)}`);
  const body = plainText(parseMarkdown(turn.text));
  return lines.length ? `${body}\n\n${LANGUAGES[lang].sourceList}\n${lines.join("\n")}` : body;
}

/** The same as HTML, every character of it escaped. */
export function answerHtml(turn: Turn, lang: Lang): string {
  const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  return answerText(turn, lang)
    .split("\n\n")
    .map((block) => `<p>${escaped(block).replace(/\n/g, "<br>")}</p>`)
    .join("");
}
