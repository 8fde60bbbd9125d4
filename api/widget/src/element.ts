// <huawen-chat>: methods, events, what keys and buttons do. Its options are in `options.ts`, its looks in
// `views/`.

import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { Cards, type Desk } from "./cards.js";
import { viewerUrl } from "./cite.js";
import { copyAnswer, copyCitation } from "./clipboard.js";
import { Conversation, type Place } from "./conversation.js";
import { LANGUAGES, type Lang, pickLanguage, type Strings, TAG } from "./i18n.js";
import { isHotkey, isSend, isTyping, keepFocusIn } from "./keys.js";
import { Options } from "./options.js";
import { type Client, call } from "./service.js";
import { readConfig } from "./shapes.js";
import { Speaker } from "./speaker.js";
import { storageKey } from "./store.js";
import { styles } from "./styles.js";
import type { Config, Turn } from "./types.js";
import type { Ui } from "./ui.js";
import { launcherView, panelView } from "./views/panel.js";

const NEAR_BOTTOM = 64;
const NARROW = 340;
const NOTICE_MS = 4000;
const PATIENCE_MS = 45_000; // three times the pause between two signs of life
const PHONE = "(max-width: 640px)";

export class HuawenChat extends Options implements Ui, Place, Desk {
  static override styles = styles;
  static override properties: PropertyDeclarations = {
    isOpen: { state: true },
    lit: { state: true },
    notice: { state: true },
    config: { state: true },
    clearing: { state: true },
    atBottom: { state: true },
    tooLong: { state: true },
    phone: { state: true },
  };

  declare isOpen: boolean;
  declare lit: { turn: string; sentence: number } | null;
  declare notice: { turn: string; text: string } | null;
  declare config: Config | null;
  declare clearing: boolean;
  declare atBottom: boolean;
  declare tooLong: boolean;
  declare phone: boolean;

  readonly talk = new Conversation(this);
  readonly cards = new Cards(this);
  private readonly speaker = new Speaker(() => this.query("#live"));
  private readonly media = window.matchMedia(PHONE);
  private token: Promise<string> | null = null;
  private drawn: Turn[] = [];
  private loading = "";

  constructor() {
    super();
    this.isOpen = false;
    this.lit = null;
    this.notice = null;
    this.config = null;
    this.clearing = false;
    this.atBottom = true;
    this.tooLong = false;
    this.phone = this.media.matches;
  }

  // -- life -------------------------------------------------------------------------------------

  override connectedCallback(): void {
    super.connectedCallback();
    this.media.addEventListener("change", this.onMedia);
    document.addEventListener("keydown", this.onDocumentKey);
    this.tell("ready", {});
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.media.removeEventListener("change", this.onMedia);
    document.removeEventListener("keydown", this.onDocumentKey);
  }

  override attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    super.attributeChangedCallback(name, before, value);
    if (name === "lang") this.requestUpdate();
  }

  protected override willUpdate(changed: PropertyValues): void {
    // Here and not on insertion: by now a framework has set what it sets.
    if (["endpoint", "publicKey", "persist"].some((name) => changed.has(name))) {
      this.talk.restore();
    }
    if (changed.has("endpoint")) this.config = null;
    if (changed.has("defaultOpen") || changed.has("mode")) {
      this.isOpen ||= this.defaultOpen || this.mode !== "launcher";
    }
    if (this.isOpen && !this.config) void this.loadConfig();
  }

  protected override update(changed: PropertyValues): void {
    const focused = this.shadowRoot?.activeElement;
    super.update(changed);
    // A button that has done its work is gone: a reader at a keyboard goes on where it was.
    if (focused && !focused.isConnected) {
      this.query(this.talk.turns.length ? ".log" : ".ask")?.focus({ preventScroll: true });
    }
  }

  protected override updated(): void {
    if (this.drawn !== this.talk.turns && this.atBottom) this.toBottom();
    this.drawn = this.talk.turns;
  }

  // -- public -----------------------------------------------------------------------------------

  /** Show the panel. */
  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.loading = "";
    void this.updateComplete.then(() => this.query(".ask")?.focus());
    this.tell("open", {});
  }

  /** Hide the panel; the conversation stays. */
  close(): void {
    if (!this.isOpen || this.mode !== "launcher") return;
    this.cards.close();
    this.isOpen = false;
    void this.updateComplete.then(() => this.query(".launcher")?.focus());
    this.tell("close", {});
  }

  toggle(): void {
    if (this.isOpen) this.close();
    else this.open();
  }

  /** Ask a question; one at a time, a new one stops the one before. */
  ask(question: string): void {
    const text = question.trim();
    if (!text || this.isTooLong(text)) return;
    this.open();
    this.atBottom = true;
    this.speaker.reset();
    this.talk.ask(text);
  }

  /** End the answer that is coming; what has come stays. */
  stop(): void {
    this.talk.stop();
  }

  /** Forget the conversation, here and in the browser's storage. */
  clear(): void {
    this.cards.close();
    this.clearing = false;
    this.talk.clear();
  }

  // -- what the views, the conversation and the cards use ---------------------------------------

  /** The language that the reader sees. */
  get code(): Lang {
    const near = this.closest("[lang]")?.getAttribute("lang");
    return pickLanguage(this.getAttribute("lang") || near || navigator.language);
  }

  get words(): Strings {
    return { ...LANGUAGES[this.code], ...this.strings };
  }

  get client(): Client {
    return {
      endpoint: this.home,
      tag: TAG[this.code],
      words: this.words,
      patienceMs: PATIENCE_MS,
      token: (renew) => {
        if (!this.tokenProvider) return Promise.resolve(this.publicKey);
        if (renew || !this.token) this.token = this.tokenProvider();
        return this.token;
      },
    };
  }

  get storageKey(): string {
    return storageKey(this.endpoint, this.publicKey);
  }

  get modal(): boolean {
    return this.mode === "launcher" && this.phone;
  }

  get sheet(): boolean {
    return this.phone || (this.query(".panel")?.clientWidth ?? NARROW) < NARROW;
  }

  viewer(id: string, start: number, end: number): string {
    return this.tokenProvider ? "" : viewerUrl(this.home, id, start, end, this.publicKey);
  }

  light(turn: string, sentence: number | null): void {
    this.lit = sentence === null ? null : { turn, sentence };
  }

  copyAnswer(id: string): void {
    const turn = this.talk.find(id);
    if (!turn) return;
    void this.copied(id, () => copyAnswer(turn, this.code));
  }

  copyCitation(id: string, number: number): void {
    const citation = this.talk.find(id)?.citations.find((one) => one.number === number);
    if (citation) void this.copied(id, () => copyCitation(citation, this.code));
  }

  wantClear(want: boolean): void {
    this.clearing = want;
  }

  toBottom(): void {
    const log = this.query(".log");
    if (log) log.scrollTop = log.scrollHeight;
    this.atBottom = true;
  }

  tell(name: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(`huawen-${name}`, { detail, bubbles: true, composed: true }));
  }

  say(turn: string, text: string): void {
    const notice = { turn, text };
    this.notice = notice;
    window.setTimeout(() => {
      if (this.notice === notice) this.notice = null;
    }, NOTICE_MS);
  }

  speak(turn: Turn, before: Turn): void {
    this.speaker.tell(turn, before, this.announce);
  }

  // -- what the reader does ---------------------------------------------------------------------

  readonly onScroll = (event: Event): void => {
    const log = event.currentTarget as HTMLElement;
    this.atBottom = log.scrollHeight - log.scrollTop - log.clientHeight <= NEAR_BOTTOM;
    this.cards.place();
  };

  readonly onInput = (event: Event): void => {
    this.tooLong = this.isTooLong((event.target as HTMLTextAreaElement).value);
  };

  readonly onQuestionKey = (event: KeyboardEvent): void => {
    if (!isSend(event)) return;
    event.preventDefault();
    if (!this.talk.streaming) this.submit();
  };

  readonly onSubmit = (event: Event): void => {
    event.preventDefault();
    if (this.talk.streaming) this.stop();
    else this.submit();
  };

  readonly onPanelKey = (event: KeyboardEvent): void => {
    // Escape inside a composition is the input method's.
    if (event.key === "Escape" && !event.isComposing && !this.cards.open) this.close();
    if (event.key === "Tab" && this.modal && this.shadowRoot) keepFocusIn(this.shadowRoot, event);
  };

  private readonly onDocumentKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && this.cards.open) {
      event.stopPropagation();
      this.cards.close(true);
    } else if (this.hotkey && !isTyping(event) && isHotkey(event, this.hotkey)) {
      event.preventDefault();
      this.open();
      this.query(".ask")?.focus();
    }
  };

  private readonly onMedia = (): void => {
    this.phone = this.media.matches;
  };

  private submit(): void {
    const box = this.query(".ask") as HTMLTextAreaElement | null;
    if (!box?.value.trim() || this.isTooLong(box.value)) return;
    this.ask(box.value);
    box.value = "";
  }

  private isTooLong(text: string): boolean {
    return [...text.trim()].length > this.maxLength;
  }

  private async copied(turn: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.say(turn, this.words.copied);
    } catch {
      this.say(turn, this.words.copyFailed);
    }
  }

  private async loadConfig(): Promise<void> {
    const { home } = this;
    if (this.loading === home) return;
    this.loading = home;
    try {
      const config = readConfig(await call(this.client, "/v1/widget-config"));
      if (this.home === home) this.config = config;
    } catch {
      // The chat works without; the first question says what is wrong.
    }
  }

  private get home(): string {
    return this.endpoint.replace(/\/+$/, "");
  }

  private query(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(selector);
  }

  override render(): TemplateResult {
    return html`
      ${this.mode === "launcher" ? launcherView(this, this.isOpen, () => this.toggle()) : nothing}
      ${this.isOpen ? panelView(this) : nothing}
      <div id="live" class="hidden" role="status" aria-live="polite" aria-atomic="false"></div>
    `;
  }
}
