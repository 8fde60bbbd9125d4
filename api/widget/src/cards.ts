// The card of a citation: when it opens and closes, where it stands, what has the focus then.

import type { LitElement, ReactiveController } from "lit";
import { placeCard } from "./place.js";
import type { Citation } from "./types.js";

const OPEN_AFTER_MS = 120;
const CLOSE_AFTER_MS = 200;

/** A pointer rests on an anchor, or it was chosen, with a pointer or with a key. */
export type How = "hover" | "click" | "keys";

/** The card that is open: which citation of which turn, and what it hangs on. */
export interface OpenCard {
  turn: string;
  citation: Citation;
  quote: number;
  /** Where the anchor stands: the place of its mark in the answer's text, -1 in the list of sources. */
  at: number;
  anchor: HTMLElement;
  pinned: boolean;
}

/** What cards need of the element. */
export interface Desk extends LitElement {
  readonly sheet: boolean;
  tell(name: string, detail: object): void;
}

export class Cards implements ReactiveController {
  open: OpenCard | null = null;
  private timer = 0;

  constructor(private readonly host: Desk) {
    host.addController(this);
  }

  /** Whether it comes from below, over the whole width: on phones, and in narrow columns. */
  get sheet(): boolean {
    return this.host.sheet;
  }

  hostConnected(): void {
    document.addEventListener("pointerdown", this.onPointerDown);
    window.addEventListener("resize", this.onResize);
  }

  hostDisconnected(): void {
    document.removeEventListener("pointerdown", this.onPointerDown);
    window.removeEventListener("resize", this.onResize);
    window.clearTimeout(this.timer);
    this.open = null;
  }

  hostUpdated(): void {
    const box = this.box;
    if (!this.open || !box) return;
    if (!this.open.anchor.isConnected) {
      this.close();
      return;
    }
    if (box.showPopover && !box.matches(":popover-open")) box.showPopover();
    this.place();
  }

  /** Whether the card of this mark of this turn is open. */
  shows(turn: string, number: number, at: number): boolean {
    return this.open?.turn === turn && this.open.citation.number === number && this.open.at === at;
  }

  /** Sentences of a turn that the open quote proves. */
  proved(turn: string): number[] {
    if (this.open?.turn !== turn) return [];
    return this.open.citation.quotes[this.open.quote]?.sentence_indexes ?? [];
  }

  /** Open at the quote that proves `sentence`; what was chosen stays until it is closed. */
  show(card: Omit<OpenCard, "quote" | "pinned">, how: How, sentence = -1): void {
    window.clearTimeout(this.timer);
    const { turn, citation, at } = card;
    const same = this.shows(turn, citation.number, at);
    const proof = Math.max(
      0,
      citation.quotes.findIndex((one) => one.sentence_indexes.includes(sentence)),
    );
    const set = (pinned: boolean): void =>
      this.set({ ...card, pinned, quote: same ? (this.open?.quote ?? proof) : proof }, !same);
    if (how === "hover") {
      if (!this.open?.pinned) this.timer = window.setTimeout(() => set(false), OPEN_AFTER_MS);
    } else if (same && this.open?.pinned) {
      this.close();
    } else {
      set(true);
      if (how === "keys") void this.focusFirst();
    }
  }

  /** The pointer has left the anchor or the card. */
  leave(): void {
    window.clearTimeout(this.timer);
    if (!this.open?.pinned) this.timer = window.setTimeout(() => this.close(), CLOSE_AFTER_MS);
  }

  /** The pointer is in the card. */
  stay(): void {
    window.clearTimeout(this.timer);
  }

  /** Close; the focus goes back where the card, or `back`, had it. */
  close(back = false): void {
    window.clearTimeout(this.timer);
    if (!this.open) return;
    const { anchor } = this.open;
    const inside = this.box?.contains(this.host.shadowRoot?.activeElement ?? null);
    this.open = null;
    if (inside || back) anchor.focus();
    this.host.requestUpdate();
  }

  /** Another quote of the same article. */
  turn(step: number): void {
    if (!this.open) return;
    this.open = { ...this.open, quote: this.open.quote + step, pinned: true };
    this.host.requestUpdate();
  }

  /** The focus has gone on to something that is not the card. */
  readonly onFocusOut = (event: FocusEvent): void => {
    const to = event.relatedTarget;
    if (to instanceof Node && !this.box?.contains(to) && to !== this.open?.anchor) this.close();
  };

  /** Keep the card at its anchor; without an anchor in sight there is no card. */
  place(): void {
    const { box } = this;
    if (!box || !this.open || this.host.sheet) return;
    const at = this.open.anchor.getBoundingClientRect();
    const log = this.host.renderRoot.querySelector(".log")?.getBoundingClientRect();
    if (log && (at.bottom < log.top || at.top > log.bottom)) {
      this.close();
      return;
    }
    const view = { width: document.documentElement.clientWidth, height: window.innerHeight };
    const { left, top } = placeCard(at, box.getBoundingClientRect(), view);
    box.style.setProperty("--left", `${left}px`);
    box.style.setProperty("--top", `${top}px`);
  }

  private set(card: OpenCard, fresh: boolean): void {
    this.open = card;
    this.host.requestUpdate();
    const { number, document: article } = card.citation;
    if (fresh) this.host.tell("citation-open", { number, document_id: article.id });
  }

  private async focusFirst(): Promise<void> {
    await this.host.updateComplete;
    this.box?.querySelector<HTMLElement>("a, button")?.focus();
  }

  private get box(): HTMLElement | null {
    return this.host.renderRoot.querySelector<HTMLElement>(".card");
  }

  private readonly onResize = (): void => this.place();

  private readonly onPointerDown = (event: PointerEvent): void => {
    const own = event
      .composedPath()
      .some((node) => node instanceof Element && node.matches(".card, .cite, .sources .link"));
    if (!own) this.close();
  };
}
