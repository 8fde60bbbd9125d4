// What a site sets on <huawen-chat>: attributes and properties, with their defaults.

import { LitElement, type PropertyDeclarations } from "lit";
import type { Strings } from "./i18n.js";
import type { Persist } from "./store.js";
import type { Filters } from "./types.js";

/** Everything else of the element builds on these. */
export class Options extends LitElement {
  static override properties: PropertyDeclarations = {
    endpoint: {},
    publicKey: { attribute: "public-key" },
    mode: { reflect: true },
    theme: { reflect: true },
    position: { reflect: true },
    persist: {},
    heading: {},
    placeholder: {},
    defaultOpen: { type: Boolean, attribute: "default-open" },
    announce: {},
    maxLength: { type: Number, attribute: "max-length" },
    hotkey: {},
    strings: { attribute: false },
    starters: { attribute: false },
    filters: { attribute: false },
    tokenProvider: { attribute: false },
  };

  /** `lang` is the browser's own property, so Lit does not watch it. */
  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, "lang"];
  }

  /** Address of the service; the one that the script came from by default. */
  declare endpoint: string;
  /** A publishable key, `hw_pk_…`. */
  declare publicKey: string;
  /** A button in the corner, a place in the page, or the whole page. */
  declare mode: "launcher" | "inline" | "page";
  declare theme: "auto" | "light" | "dark";
  declare position: "left" | "right";
  /** Where the conversation is kept: over visits, in this tab, or not. */
  declare persist: Persist;
  /** Above the conversation, instead of what the service says. */
  declare heading: string;
  declare placeholder: string;
  /** Whether the panel is open at first. */
  declare defaultOpen: boolean;
  /** What a screen reader hears: sentence by sentence, or the answer at its end. */
  declare announce: "sentence" | "end";
  /** Code points of a question. */
  declare maxLength: number;
  /** `/` or `mod+k`. */
  declare hotkey: string;
  /** Texts instead of ours. */
  declare strings: Partial<Strings> | null;
  /** Questions to begin with, instead of the service's. */
  declare starters: string[] | null;
  /** Which articles may be used, as the service takes it. */
  declare filters: Filters | null;
  /** Gives a short-lived token, and a new one when that has run out. */
  declare tokenProvider: (() => Promise<string>) | null;

  constructor() {
    super();
    this.endpoint = new URL(import.meta.url).origin;
    this.publicKey = "";
    this.mode = "launcher";
    this.theme = "auto";
    this.position = "right";
    this.persist = "session";
    this.heading = "";
    this.placeholder = "";
    this.defaultOpen = false;
    this.announce = "sentence";
    this.maxLength = 2000;
    this.hotkey = "";
    this.strings = null;
    this.starters = null;
    this.filters = null;
    this.tokenProvider = null;
  }
}
