// What a screen reader hears: stages now and then, sentences whole, never a text that grows.

import { parseMarkdown, plainText } from "./md.js";
import type { Turn } from "./types.js";

const STAGE_EVERY_MS = 2000;

export class Speaker {
  private stageAt = 0;

  /** @param place the live region; additions to it are read. */
  constructor(private readonly place: () => HTMLElement | null) {}

  /** After each event: what is new between two states of a turn. */
  tell(turn: Turn, before: Turn, when: "sentence" | "end"): void {
    if (turn.state === "done") {
      if (before.state !== "done" && (when === "end" || !before.sentences.length)) this.say(turn.text);
    } else if (turn.sentences.length > before.sentences.length) {
      if (when === "sentence") this.say(turn.sentences.at(-1)?.text ?? "");
    } else if (turn.stage !== before.stage && Date.now() - this.stageAt > STAGE_EVERY_MS) {
      this.stageAt = Date.now();
      this.say(turn.stage);
    }
  }

  /** Forget what was said: the next question begins. */
  reset(): void {
    this.stageAt = 0;
    this.place()?.replaceChildren();
  }

  private say(text: string): void {
    const line = document.createElement("p");
    line.textContent = plainText(parseMarkdown(text)).replace(/\[\d+\]/g, "");
    this.place()?.append(line);
  }
}
