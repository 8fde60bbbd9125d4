// What the views need of the element: its words, its state, and what a reader may do.

import type { Cards } from "./cards.js";
import type { Conversation } from "./conversation.js";
import type { Lang, Strings } from "./i18n.js";
import type { Config } from "./types.js";

export interface Ui {
  readonly code: Lang;
  readonly words: Strings;
  readonly mode: "launcher" | "inline" | "page";
  readonly heading: string;
  readonly placeholder: string;
  readonly config: Config | null;
  readonly talk: Conversation;
  readonly cards: Cards;
  /** Whether the panel covers the whole window. */
  readonly modal: boolean;
  readonly clearing: boolean;
  readonly atBottom: boolean;
  readonly tooLong: boolean;
  readonly maxLength: number;
  readonly starters: string[] | null;
  /** Sentence under the pointer: turn and index. */
  readonly lit: { turn: string; sentence: number } | null;
  /** A word about something that was just done, beside the turn that it was done to. */
  readonly notice: { turn: string; text: string } | null;
  ask(question: string): void;
  close(): void;
  /** Address of our page of an article with a passage marked; nothing where no link can carry the right. */
  viewer(id: string, start: number, end: number): string;
  light(turn: string, sentence: number | null): void;
  copyAnswer(turn: string): void;
  copyCitation(turn: string, number: number): void;
  wantClear(want: boolean): void;
  clear(): void;
  toBottom(): void;
  onScroll(event: Event): void;
  onInput(event: Event): void;
  onQuestionKey(event: KeyboardEvent): void;
  onPanelKey(event: KeyboardEvent): void;
  onSubmit(event: Event): void;
}
