// The launcher and the panel: heading, conversation, composer, disclaimer, the open card.

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { chipLabel } from "../cite.js";
import { fill, TAG } from "../i18n.js";
import type { Ui } from "../ui.js";
import { cardView } from "./card.js";
import { icon } from "./icons.js";
import { turnView } from "./turn.js";

/** The button in the corner of the window. */
export function launcherView(ui: Ui, isOpen: boolean, toggle: () => void): TemplateResult {
  const { words } = ui;
  return html`<button type="button" class="launcher" part="launcher" aria-expanded=${isOpen ? "true" : "false"}
    aria-label=${isOpen ? words.close : words.open} ?inert=${isOpen && ui.modal} @click=${toggle}
    ><slot name="launcher-icon">${isOpen ? icon("close") : html`<span aria-hidden="true">问</span>`}</slot></button>`;
}

/** Everything else. */
export function panelView(ui: Ui): TemplateResult {
  const floating = ui.mode === "launcher";
  const kind = floating ? `floating ${ui.modal ? "full" : ""}` : ui.mode;
  const title = ui.heading || ui.config?.title[TAG[ui.code]] || ui.words.title;
  return html`<section class="panel ${kind}" part="panel" role=${floating ? "dialog" : "region"}
    aria-modal=${ui.modal ? "true" : nothing} aria-label=${title} @keydown=${ui.onPanelKey}>
    <header class="head" part="header">
      <slot name="header">${ui.mode === "page" ? html`<h1>${title}</h1>` : html`<h2>${title}</h2>`}</slot>
      ${clearView(ui)}
      ${floating ? button(ui.words.close, "close", () => ui.close()) : nothing}
    </header>
    <div class="log" tabindex="0" role="region" aria-label=${ui.words.log} @scroll=${ui.onScroll}>
      ${ui.talk.turns.length ? turnsView(ui) : emptyView(ui)}
    </div>
    ${composerView(ui)}
    <p class="foot"><slot name="disclaimer">${ui.config?.disclaimer[TAG[ui.code]] ?? ""}</slot></p>
    ${openCardView(ui)}
  </section>`;
}

function button(label: string, name: Parameters<typeof icon>[0], click: () => void): TemplateResult {
  return html`<button type="button" class="icon" aria-label=${label} title=${label} @click=${click}>${icon(name)}</button>`;
}

function clearView(ui: Ui): unknown {
  const { words } = ui;
  if (!ui.talk.turns.length) return nothing;
  if (!ui.clearing) return button(words.clear, "clear", () => ui.wantClear(true));
  return html`<span class="ask-clear" role="group" aria-label=${words.clearAsk}>
    <span>${words.clearAsk}</span>
    <button type="button" class="chip danger" @click=${() => ui.clear()}>${words.yes}</button>
    <button type="button" class="chip" @click=${() => ui.wantClear(false)}>${words.no}</button>
  </span>`;
}

function turnsView(ui: Ui): TemplateResult {
  const { turns } = ui.talk;
  return html`<ol role="list">${repeat(
    turns,
    (turn) => turn.id,
    (turn, i) => turnView(turn, i + 1, i === turns.length - 1, ui),
  )}</ol>`;
}

function emptyView(ui: Ui): TemplateResult {
  const starters = ui.starters ?? ui.config?.starters[TAG[ui.code]] ?? [];
  return html`<slot name="empty"><div class="empty">
    <p>${ui.words.intro}</p>
    ${
      starters.length
        ? html`<p class="muted" id="starters">${ui.words.starters}</p>
          <ul class="starters" aria-labelledby="starters">
            ${starters.map((text) => html`<li><button type="button" class="chip" @click=${() => ui.ask(text)}>${text}</button></li>`)}
          </ul>`
        : nothing
    }
  </div></slot>`;
}

function composerView(ui: Ui): TemplateResult {
  const { words } = ui;
  return html`<div class="composer" part="composer">
    ${
      ui.atBottom
        ? nothing
        : html`<button type="button" class="chip newer" @click=${() => ui.toBottom()}>${icon("newer")}${words.newer}</button>`
    }
    <form @submit=${ui.onSubmit}>
      <label class="hidden" for="ask">${words.question}</label>
      <textarea id="ask" class="ask" rows="1" autocomplete="off" enterkeyhint="send"
        aria-invalid=${ui.tooLong ? "true" : "false"} aria-describedby="limit"
        placeholder=${ui.placeholder || words.placeholder}
        @keydown=${ui.onQuestionKey} @input=${ui.onInput}></textarea>
      <button type="submit" class="primary" ?disabled=${ui.tooLong && !ui.talk.streaming}
        >${ui.talk.streaming ? words.stop : words.send}</button>
    </form>
    <p id="limit" class="limit" role="status">${ui.tooLong ? fill(words.tooLong, { n: ui.maxLength }) : nothing}</p>
  </div>`;
}

function openCardView(ui: Ui): TemplateResult {
  const card = ui.cards.open;
  if (!card) return html`<div id="card" hidden></div>`;
  return html`<div id="card" class="card ${ui.cards.sheet ? "sheet" : ""}" part="card" popover="manual" role="dialog"
    aria-label=${chipLabel(card.citation, ui.code, ui.words)} @pointerenter=${() => ui.cards.stay()}
    @pointerleave=${() => ui.cards.leave()} @focusout=${ui.cards.onFocusOut}>${cardView(card, ui)}</div>`;
}
