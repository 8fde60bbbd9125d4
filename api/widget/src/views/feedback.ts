// Under an answer: copy it, say whether it helped, and why not.

import { html, nothing, type TemplateResult } from "lit";
import { REASONS } from "../i18n.js";
import type { Turn } from "../types.js";
import type { Ui } from "../ui.js";
import { icon } from "./icons.js";

const LONGEST_COMMENT = 500;

/** Buttons, and the form where a reader is not content. */
export function actionsView(turn: Turn, ui: Ui): TemplateResult {
  const { words } = ui;
  const { feedback } = turn;
  const thumb = (rating: "up" | "down", label: string): TemplateResult =>
    html`<button type="button" class="icon" aria-label=${label} title=${label}
      aria-pressed=${feedback?.rating === rating ? "true" : "false"}
      @click=${() => ui.talk.rate(turn, rating)}>${icon(rating)}</button>`;
  const said = ui.notice?.turn === turn.id ? ui.notice.text : feedback?.sent ? words.thanks : "";
  return html`<div class="actions">
      <button type="button" class="icon" aria-label=${words.copy} title=${words.copy}
        @click=${() => ui.copyAnswer(turn.id)}>${icon("copy")}</button>
      ${thumb("up", words.good)} ${thumb("down", words.bad)}
      <span class="muted" role="status">${said}</span>
    </div>
    ${feedback?.open ? formView(turn, ui) : nothing}`;
}

function formView(turn: Turn, ui: Ui): TemplateResult {
  const { words } = ui;
  const chosen = turn.feedback?.reasons ?? [];
  const toggle = (code: string): void =>
    ui.talk.note(turn, { reasons: chosen.includes(code) ? chosen.filter((one) => one !== code) : [...chosen, code] });
  const submit = (event: Event): void => {
    event.preventDefault();
    ui.talk.sendFeedback(turn);
  };
  return html`<form class="feedback" @submit=${submit}>
    <fieldset>
      <legend>${words.whatWrong}</legend>
      ${Object.entries(REASONS[ui.code]).map(
        ([
          code,
          label,
        ]) => html`<button type="button" class="chip" aria-pressed=${chosen.includes(code) ? "true" : "false"}
          @click=${() => toggle(code)}>${label}</button>`,
      )}
    </fieldset>
    <label>${words.comment}
      <textarea rows="2" maxlength=${LONGEST_COMMENT} .value=${turn.feedback?.comment ?? ""}
        @input=${(event: Event) => ui.talk.note(turn, { comment: (event.target as HTMLTextAreaElement).value })}></textarea>
    </label>
    <button type="submit" class="primary">${words.sendFeedback}</button>
  </form>`;
}
