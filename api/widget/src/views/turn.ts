// One question and its answer: states, text, warnings, what a reader may do next.

import { html, nothing, type TemplateResult } from "lit";
import { fill, formatDay } from "../i18n.js";
import type { Notice, Turn } from "../types.js";
import type { Ui } from "../ui.js";
import { actionsView } from "./feedback.js";
import { icon } from "./icons.js";
import { articleLine, sourcesView } from "./sources.js";
import { textView } from "./text.js";

const NEAREST = 3;
const EXPLAINS = "relative_time"; // says what a word means, warns of nothing
const CONFLICT = "conflicting_sources";

/** A turn; `number` counts from 1, `last` is the latest one. */
export function turnView(turn: Turn, number: number, last: boolean, ui: Ui): TemplateResult {
  const busy = turn.state === "streaming";
  return html`<li>
    <p class="you" part="message"><span class="hidden">${ui.words.you}：</span>${turn.question}</p>
    <article part="message" aria-label=${fill(ui.words.answerN, { n: number })} aria-busy=${busy ? "true" : "false"}>
      ${turn.answer?.status === "abstained" ? abstainedView(turn, ui) : answeredView(turn, ui)}
      ${busy ? waitingView(turn, ui) : nothing}
      ${turn.state === "stopped" ? stoppedView(turn, ui) : nothing}
      ${turn.problem ? problemView(turn, ui) : nothing}
      ${turn.state === "done" ? actionsView(turn, ui) : nothing}
    </article>
    ${last && turn.state === "done" ? followUpsView(turn, ui) : nothing}
  </li>`;
}

function answeredView(turn: Turn, ui: Ui): TemplateResult {
  const { answer } = turn;
  const { words } = ui;
  const notices = answer?.warnings ?? [];
  const below = notices.filter((notice) => notice.code !== CONFLICT);
  return html`
    ${answer?.rewritten_question ? html`<p class="muted">${fill(words.asked, { question: answer.rewritten_question })}</p>` : nothing}
    ${notices.filter((notice) => notice.code === CONFLICT).map((one) => conflictView(one, ui))}
    <div class="text">${textView(turn, ui)}</div>
    ${below.length ? html`<ul class="notices">${below.map((one) => html`<li class=${one.code === EXPLAINS ? "quiet" : ""}>${icon("info")}<span>${one.message}</span></li>`)}</ul>` : nothing}
    ${turn.citations.length && answer ? sourcesView(turn, answer.sources, ui) : nothing}
    ${answer?.as_of ? html`<p class="muted as-of">${fill(words.asOf, { day: formatDay(answer.as_of, ui.code) })}</p>` : nothing}
  `;
}

function conflictView(notice: Notice, ui: Ui): TemplateResult {
  return html`<div class="box warn"><strong>${ui.words.conflict}</strong><p>${unbroken(notice.message)}</p></div>`;
}

function abstainedView(turn: Turn, ui: Ui): TemplateResult {
  const { words } = ui;
  const near = turn.answer?.abstention?.nearest.slice(0, NEAREST) ?? [];
  const placeOf = (id: string): { start: number; end: number } =>
    turn.answer?.sources.find((one) => one.document_id === id) ?? { start: 0, end: 0 };
  return html`<div class="box abstained">
    <strong>${words.abstained}</strong>
    <p>${turn.answer?.abstention?.message ?? ""}</p>
    ${
      near.length
        ? html`<p class="muted">${words.nearest}</p>
          <ul class="near">${near.map((article) => articleLine(article, placeOf(article.id), ui))}</ul>`
        : nothing
    }
    ${
      ui.talk.canWiden
        ? html`<button type="button" class="chip" @click=${() => ui.talk.widen(turn)}>${words.widen}</button>`
        : nothing
    }
  </div>`;
}

function waitingView(turn: Turn, ui: Ui): TemplateResult {
  return html`<p class="stage"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${turn.stage}</p>
    ${ui.talk.slow ? html`<p class="muted" role="status">${ui.words.slow}</p>` : nothing}`;
}

function stoppedView(turn: Turn, ui: Ui): TemplateResult {
  return html`<p class="muted stopped">${ui.words.stopped}
    <button type="button" class="chip" @click=${() => ui.talk.retry(turn)}>${ui.words.again}</button></p>`;
}

function problemView(turn: Turn, ui: Ui): TemplateResult {
  const wait = ui.talk.waitFor(turn);
  return html`<div class="box danger" role="alert">
    <strong>${turn.problem?.title}</strong>
    <p>${turn.problem?.detail}</p>
    <button type="button" class="chip" ?disabled=${wait > 0} @click=${() => ui.talk.retry(turn)}>
      ${wait > 0 ? fill(ui.words.retryIn, { n: wait }) : ui.words.retry}
    </button>
  </div>`;
}

function followUpsView(turn: Turn, ui: Ui): unknown {
  const questions = turn.answer?.follow_ups ?? [];
  if (!questions.length) return nothing;
  return html`<ul class="follow-ups" aria-label=${ui.words.followUps}>
    ${questions.map((text) => html`<li><button type="button" class="chip" @click=${() => ui.ask(text)}>${text}</button></li>`)}
  </ul>`;
}

/** Dates stay on one line: 2025-09-17. */
function unbroken(text: string): string {
  return text.replace(/(\d)-(?=\d)/g, "$1\u2060-\u2060");
}
