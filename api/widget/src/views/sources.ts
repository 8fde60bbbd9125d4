// The articles behind an answer: cited first, in the order of their numbers, then what else was found.

import { html, nothing, type TemplateResult } from "lit";
import { shown } from "../cite.js";
import { fill, formatDay } from "../i18n.js";
import type { Article, Citation, Nearest, Source, Turn } from "../types.js";
import type { Ui } from "../ui.js";
import { reprintsView } from "./card.js";

const OTHERS = 8;

type Known = Source & { document: Article };
type Listed = Nearest & Partial<Article>;
type Place = Pick<Source, "start" | "end">;

/** The list, closed at first. */
export function sourcesView(turn: Turn, sources: Source[], ui: Ui): TemplateResult {
  const { words } = ui;
  const cited = new Set(turn.citations.flatMap((one) => [one.document.id, ...one.reprints.map((r) => r.id)]));
  const others = uniqueArticles(sources.filter((one) => !cited.has(one.document_id))).slice(0, OTHERS);
  return html`<details class="sources" part="sources">
    <summary>${fill(words.sources, { n: turn.citations.length })}</summary>
    <ol>${turn.citations.map((citation) => citedView(turn, citation, ui))}</ol>
    ${
      others.length
        ? html`<p class="muted">${words.otherSources}</p>
          <ul>${others.map((source) => articleLine(source.document, source, ui))}</ul>`
        : nothing
    }
  </details>`;
}

/** One source for each article, in the order of the search. */
function uniqueArticles(sources: Source[]): Known[] {
  const seen = new Set<string>();
  return sources.filter((one): one is Known => {
    const fresh = Boolean(one.document) && !seen.has(one.document_id);
    seen.add(one.document_id);
    return fresh;
  });
}

/** An article that is not cited, at the place where it was read. */
export function articleLine(document: Listed, place: Place, ui: Ui): TemplateResult {
  const href = ui.viewer(document.id, place.start, place.end);
  const title = nameOf(document, ui);
  return html`<li>
    ${href ? html`<a href=${href} target="_blank" rel="noopener">${title}</a>` : title}
    <span class="muted">${about(document, ui)}</span>
  </li>`;
}

function citedView(turn: Turn, citation: Citation, ui: Ui): TemplateResult {
  const show = (event: MouseEvent): void =>
    ui.cards.show(
      { turn: turn.id, citation, at: -1, anchor: event.currentTarget as HTMLElement },
      event.detail ? "click" : "keys",
    );
  return html`<li value=${citation.number}>
    <button type="button" class="link" @click=${show}>${nameOf(citation.document, ui)}</button>
    <span class="muted">${about(citation.document, ui)}</span>
    ${citation.reprints.length ? reprintsView(citation.reprints, ui) : nothing}
  </li>`;
}

function nameOf(article: Listed, ui: Ui): string {
  return shown(article.title || article.publisher) || ui.words.unknown;
}

function about(article: Listed, ui: Ui): string {
  const parts = [shown(article.publisher) || ui.words.unknown, formatDay(article.published_at, ui.code)];
  return [...parts, article.truncated ? ui.words.truncated : ""].filter(Boolean).join(" · ");
}
