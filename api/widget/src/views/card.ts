// The card of a citation: who wrote it, when, and the exact words in their context.

import { html, nothing, type TemplateResult } from "lit";
import type { OpenCard } from "../cards.js";
import { originalUrl, shown } from "../cite.js";
import { fill, formatAge, formatMoment } from "../i18n.js";
import type { Article, Quote } from "../types.js";
import type { Ui } from "../ui.js";
import { icon } from "./icons.js";

const CONTEXT = 40;

/** The card's content; the element shows, places and closes it. */
export function cardView(card: OpenCard, ui: Ui): TemplateResult {
  const { words } = ui;
  const { document, quotes, reprints, number } = card.citation;
  const quote = quotes[card.quote];
  const here = quote ? ui.viewer(document.id, quote.start, quote.end) : "";
  const original = originalUrl(document, quote);
  return html`
    ${headView(card, here || original, ui)}
    ${document.truncated ? html`<p class="tag">${words.truncated}</p>` : nothing}
    ${quote ? quoteView(quote) : nothing}
    ${quotes.length > 1 ? pagerView(card, ui) : nothing}
    ${reprints.length ? reprintsView(reprints, ui) : nothing}
    <footer>
      ${here ? html`<a href=${here} target="_blank" rel="noopener">${words.here}</a>` : nothing}
      ${original ? outside(original, words.original) : nothing}
      <button type="button" class="link" @click=${() => ui.copyCitation(card.turn, number)}>${words.copyCitation}</button>
    </footer>
  `;
}

function headView(card: OpenCard, href: string, ui: Ui): TemplateResult {
  const { words, code: lang } = ui;
  const { document } = card.citation;
  const publisher = shown(document.publisher) || words.unknown;
  const title = shown(document.title) || publisher;
  const age = formatAge(document.published_at, Date.now(), words);
  return html`<header>
    <span class="disc" aria-hidden="true">${[...publisher][0]}</span>
    <div>
      <p class="card-title">
        ${href ? html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow" referrerpolicy="no-referrer">${title}</a>` : title}
      </p>
      <p class="muted">${publisher} · ${formatMoment(document.published_at, lang)}${age ? ` · ${age}` : ""}</p>
    </div>
    <button type="button" class="icon" aria-label=${words.close} title=${words.close}
      @click=${() => ui.cards.close(true)}>${icon("close")}</button>
  </header>`;
}

function quoteView(quote: Quote): TemplateResult {
  const before = [...quote.prefix].slice(-CONTEXT).join("");
  const after = [...quote.suffix].slice(0, CONTEXT).join("");
  return html`<blockquote>${before ? `…${flat(before)}` : ""}<mark>${flat(quote.text)}</mark>${after ? `${flat(after)}…` : ""}</blockquote>`;
}

function pagerView(card: OpenCard, ui: Ui): TemplateResult {
  const { words } = ui;
  const all = card.citation.quotes.length;
  const step = (by: number, label: string, name: "previous" | "next"): TemplateResult => {
    const off = card.quote + by < 0 || card.quote + by >= all;
    return html`<button type="button" class="icon" aria-label=${label} title=${label} aria-disabled=${off ? "true" : "false"}
      @click=${() => off || ui.cards.turn(by)}>${icon(name)}</button>`;
  };
  return html`<p class="pager">
    ${step(-1, words.previous, "previous")}
    <span role="status">${fill(words.quoteOf, { n: card.quote + 1, all })}</span>
    ${step(1, words.next, "next")}
  </p>`;
}

/** 另有2家转载, with their names. */
export function reprintsView(reprints: Article[], ui: Ui): TemplateResult {
  const [colon, comma] = ui.code === "zh" ? ["：", "、"] : [": ", ", "];
  const names = reprints.map((one) => shown(one.publisher) || ui.words.unknown);
  return html`<p class="muted reprints">${fill(ui.words.reprints, { n: reprints.length })}${colon}${names.slice(0, 6).join(comma)}</p>`;
}

function outside(href: string, text: string): TemplateResult {
  return html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow" referrerpolicy="no-referrer">${text}</a>`;
}

function flat(text: string): string {
  return shown(text).replace(/\s+/g, " ");
}
