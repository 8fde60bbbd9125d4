// An answer's text: blocks of Markdown, sentences that can be lit, chips where it cites.

import { html, nothing, type TemplateResult } from "lit";
import type { How } from "../cards.js";
import { chipLabel, codePointsToUnits, safeUrl, shown } from "../cite.js";
import { type Block, type Inline, type Item, parseMarkdown } from "../md.js";
import type { Sentence, Turn } from "../types.js";
import type { Ui } from "../ui.js";

interface Span {
  sentence: Sentence;
  start: number;
  end: number;
}

/** The text of a turn, as far as it has come. */
export function textView(turn: Turn, ui: Ui): TemplateResult[] {
  const units = codePointsToUnits(turn.text);
  const spans = turn.sentences.map((sentence) => ({
    sentence,
    start: units(sentence.start),
    end: units(sentence.end),
  }));
  const view = new TextView(turn, ui, spans);
  return parseMarkdown(turn.text).map((block) => view.block(block));
}

class TextView {
  private readonly proved: number[];

  constructor(
    private readonly turn: Turn,
    private readonly ui: Ui,
    private readonly spans: Span[],
  ) {
    this.proved = ui.cards.proved(turn.id);
  }

  block(block: Block): TemplateResult {
    switch (block.kind) {
      case "paragraph":
        return html`<p>${this.lines(block.lines)}</p>`;
      case "quote":
        return html`<blockquote>${this.lines(block.lines)}</blockquote>`;
      case "heading":
        return html`<p class="heading">${this.line(block.line)}</p>`;
      case "code":
        return html`<pre tabindex="0">${shown(block.text)}</pre>`;
      case "list":
        return this.list(block.items);
      case "table":
        return html`<div class="table" tabindex="0" role="region" aria-label=${this.ui.words.table}>
          <table>
            <thead><tr>${block.head.map((cell) => html`<th>${this.line(cell)}</th>`)}</tr></thead>
            <tbody>${block.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${this.line(cell)}</td>`)}</tr>`)}</tbody>
          </table>
        </div>`;
    }
  }

  private list(items: Item[]): TemplateResult {
    const start = items[0]?.start ?? null;
    const inner = items.map((item) => {
      const nested = item.nested.length ? this.list(item.nested) : nothing;
      return html`<li>${this.line(item.line)}${nested}</li>`;
    });
    return start === null ? html`<ul>${inner}</ul>` : html`<ol start=${start}>${inner}</ol>`;
  }

  private lines(lines: Inline[][]): unknown[] {
    return lines.flatMap((line, i) => (i ? [html`<br />`, this.line(line)] : [this.line(line)]));
  }

  private line(line: Inline[]): unknown[] {
    return line.map((piece) => this.piece(piece));
  }

  private piece(piece: Inline): unknown {
    switch (piece.kind) {
      case "text":
        return this.text(piece.text, piece.at);
      case "code":
        return html`<code>${shown(piece.text)}</code>`;
      case "bold":
        return html`<strong>${this.line(piece.children)}</strong>`;
      case "link": {
        const href = safeUrl(piece.href);
        return href
          ? html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow" referrerpolicy="no-referrer">${this.line(piece.children)}</a>`
          : this.line(piece.children);
      }
      case "cite":
        return html`<span class="pill">${[...new Set(piece.numbers)].map((n) => this.chip(n, piece.at))}</span>`;
    }
  }

  /** Text cut where sentences begin and end, so that each can be lit. */
  private text(text: string, at: number): unknown {
    const cuts = new Set([0, text.length]);
    for (const { start, end } of this.spans) {
      for (const cut of [start - at, end - at]) if (cut > 0 && cut < text.length) cuts.add(cut);
    }
    const places = [...cuts].sort((a, b) => a - b);
    return places.slice(0, -1).map((from, i) => {
      const span = this.spanAt(at + from);
      const piece = shown(text.slice(from, places[i + 1]));
      return span ? this.sentence(span.sentence, piece) : piece;
    });
  }

  private sentence(sentence: Sentence, text: string): TemplateResult {
    const { ui, turn } = this;
    const cited = this.proved.includes(sentence.index);
    const unsupported = sentence.support === "unsupported";
    return html`<span
      class="sentence ${cited ? "lit" : ""} ${unsupported ? "unsupported" : ""}"
      title=${unsupported ? ui.words.unsupported : nothing}
      @pointerenter=${() => ui.light(turn.id, sentence.index)}
      @pointerleave=${() => ui.light(turn.id, null)}
      >${text}</span>`;
  }

  private spanAt(place: number): Span | undefined {
    return this.spans.find(({ start, end }) => start <= place && place < end);
  }

  private chip(number: number, at: number): unknown {
    const { ui, turn } = this;
    const citation = turn.citations.find((one) => one.number === number);
    if (!citation) return html`<span class="cite dead"><span>${number}</span></span>`;
    const lit =
      ui.lit?.turn === turn.id &&
      turn.sentences.some((one) => one.index === ui.lit?.sentence && one.citations.includes(number));
    const sentence = this.spanAt(at)?.sentence.index;
    const show = (event: Event, how: How): void =>
      ui.cards.show({ turn: turn.id, citation, at, anchor: event.currentTarget as HTMLElement }, how, sentence);
    return html`<button
      type="button"
      class="cite ${lit ? "lit" : ""}"
      part="cite"
      aria-expanded=${ui.cards.shows(turn.id, number, at) ? "true" : "false"}
      aria-controls="card"
      aria-label=${chipLabel(citation, ui.code, ui.words)}
      @pointerenter=${(event: PointerEvent) => event.pointerType === "mouse" && show(event, "hover")}
      @pointerleave=${() => ui.cards.leave()}
      @click=${(event: MouseEvent) => show(event, event.detail ? "click" : "keys")}
      ><span>${number}</span></button>`;
  }
}
