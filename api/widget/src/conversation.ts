// The conversation: questions that are asked, answers as they come, what is remembered of them.

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Strings } from "./i18n.js";
import { type Client, call, ServiceError } from "./service.js";
import { ask } from "./sse.js";
import { loadTurns, type Persist, saveTurns } from "./store.js";
import { applyEvent, historyOf, newTurn } from "./turns.js";
import type { Feedback, Filters, Problem, Turn } from "./types.js";

const SLOW_AFTER_MS = 8000;
const NO_FEEDBACK: Feedback = { rating: "up", reasons: [], comment: "", open: false, sent: false };

/** What a conversation needs of the element that shows it. */
export interface Place extends ReactiveControllerHost {
  readonly words: Strings;
  readonly client: Client;
  readonly persist: Persist;
  readonly storageKey: string;
  filters: Filters | null;
  tell(name: string, detail: object): void;
  say(turn: string, text: string): void;
  speak(turn: Turn, before: Turn): void;
}

export class Conversation implements ReactiveController {
  turns: Turn[] = [];
  /** Whether the answer that is coming has let the reader wait for long. */
  slow = false;
  private abort: AbortController | null = null;
  private timer = 0;
  private clock = 0;

  constructor(private readonly host: Place) {
    host.addController(this);
  }

  hostDisconnected(): void {
    window.clearInterval(this.clock);
    this.clock = 0;
    this.stop();
  }

  get streaming(): boolean {
    return this.turns.at(-1)?.state === "streaming";
  }

  /** The turn of that name. */
  find(id: string): Turn | undefined {
    return this.turns.find((one) => one.id === id);
  }

  /** What the browser's storage holds, unless somebody already talks. */
  restore(): void {
    if (this.turns.length) return;
    this.turns = loadTurns(this.host.persist, this.host.storageKey, Date.now());
    for (const turn of this.turns) if (turn.problem) this.watchClock(turn.problem.retryAt);
  }

  /** Ask; whatever was still coming is stopped. */
  ask(question: string): void {
    this.stop();
    const history = historyOf(this.turns);
    const turn = newTurn(question, this.host.words);
    this.change([...this.turns, turn]);
    this.save();
    this.host.tell("ask", { question });
    void this.run(turn, history);
  }

  /** End the answer that is coming; what has come stays. */
  stop(): void {
    this.abort?.abort();
    this.abort = null;
  }

  /** Forget everything, here and in the browser's storage. */
  clear(): void {
    this.stop();
    this.change([]);
    this.save();
  }

  /** The same question once more, at the end. */
  retry(turn: Turn): void {
    this.turns = this.turns.filter((one) => one.id !== turn.id);
    this.ask(turn.question);
  }

  get canWiden(): boolean {
    return Boolean(this.host.filters?.published_after || this.host.filters?.published_before);
  }

  /** The same question without limits of time. */
  widen(turn: Turn): void {
    this.host.filters = { ...this.host.filters, published_after: null, published_before: null };
    this.retry(turn);
  }

  /** Whole seconds until a turn may be asked again. */
  waitFor(turn: Turn): number {
    return Math.max(0, Math.ceil(((turn.problem?.retryAt ?? 0) - Date.now()) / 1000));
  }

  /** A verdict counts at once; of a bad one the reader may then say why. */
  rate(turn: Turn, rating: "up" | "down"): void {
    const feedback = { ...NO_FEEDBACK, rating, open: rating === "down" };
    this.patch(turn.id, { feedback });
    void this.post(turn, feedback);
  }

  /** Reasons and comment while they are written. */
  note(turn: Turn, change: Partial<Feedback>): void {
    this.patch(turn.id, { feedback: { ...(turn.feedback ?? NO_FEEDBACK), ...change } });
  }

  sendFeedback(turn: Turn): void {
    if (turn.feedback) void this.post(turn, { ...turn.feedback, open: false });
  }

  private async post(turn: Turn, feedback: Feedback): Promise<void> {
    if (!turn.answer) return;
    const { rating, reasons, comment } = feedback;
    const body = { answer_id: turn.answer.id, rating, reasons, comment: comment.trim() || null };
    try {
      await call(this.host.client, "/v1/feedback", body);
      const now = this.find(turn.id)?.feedback ?? feedback;
      this.patch(turn.id, { feedback: { ...now, open: now.open && feedback.open, sent: true } });
      this.save();
      this.host.tell("feedback", body);
    } catch {
      this.host.say(turn.id, this.host.words.feedbackFailed);
    }
  }

  private async run(first: Turn, history: { role: string; content: string }[]): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    this.watchPatience();
    let turn = first;
    const { filters, client } = this.host;
    const body = { question: turn.question, history, ...(filters ? { filters } : {}) };
    let whole: unknown = null;
    try {
      for await (const event of ask(client, body, abort.signal)) {
        const before = turn;
        turn = applyEvent(turn, event, this.host.words);
        this.patch(turn.id, turn);
        this.host.speak(turn, before);
        if (turn.text) this.watchPatience(false);
        if (turn.state === "done") whole = event.data["answer"];
      }
      this.host.tell("answer", { answer: whole });
    } catch (error) {
      this.patch(turn.id, this.endOf(turn, error, abort.signal.aborted));
    } finally {
      if (this.abort === abort) this.abort = null;
      if (!this.streaming) this.watchPatience(false);
      this.save();
    }
  }

  private endOf(turn: Turn, error: unknown, stopped: boolean): Turn {
    if (stopped) return { ...turn, state: "stopped", stage: "" };
    const { oddTitle: title, oddDetail: detail } = this.host.words;
    const problem: Problem = error instanceof ServiceError ? error.problem : { code: "odd", title, detail, retryAt: 0 };
    this.watchClock(problem.retryAt);
    this.host.tell("error", { code: problem.code, title: problem.title, detail: problem.detail });
    return { ...turn, state: "failed", stage: "", problem };
  }

  private watchPatience(waiting = true): void {
    window.clearTimeout(this.timer);
    if (this.slow) this.host.requestUpdate();
    this.slow = false;
    if (!waiting) return;
    this.timer = window.setTimeout(() => {
      this.slow = true;
      this.host.requestUpdate();
    }, SLOW_AFTER_MS);
  }

  /** Draw the seconds that are left, until nothing has to be waited for. */
  private watchClock(until: number): void {
    if (until <= Date.now()) return;
    this.clock ||= window.setInterval(() => {
      this.host.requestUpdate();
      if (this.turns.every((turn) => this.waitFor(turn) === 0)) {
        window.clearInterval(this.clock);
        this.clock = 0;
      }
    }, 250);
  }

  private patch(id: string, change: Partial<Turn>): void {
    this.change(this.turns.map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  private change(turns: Turn[]): void {
    this.turns = turns;
    this.host.requestUpdate();
  }

  private save(): void {
    saveTurns(this.host.persist, this.host.storageKey, this.turns, Date.now());
  }
}
