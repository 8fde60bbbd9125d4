// Parts that need no browser: keys, turns, what a screen reader hears, the table of public names.

import { describe, expect, test } from "vitest";
import { HuawenChat } from "../src/element.js";
import { LANGUAGES } from "../src/i18n.js";
import { isHotkey, isSend } from "../src/keys.js";
import { Speaker } from "../src/speaker.js";
import { applyEvent, historyOf, newTurn } from "../src/turns.js";
import type { Answer, Sentence, Turn } from "../src/types.js";

const key = (name: string, more: KeyboardEventInit = {}): KeyboardEvent =>
  new KeyboardEvent("keydown", { key: name, ...more });

describe("Enter", () => {
  test.each([
    ["sends", key("Enter"), true],
    ["with Shift is a line", key("Enter", { shiftKey: true }), false],
    ["of an input method ends a word", key("Enter", { isComposing: true }), false],
    ["with the code of an input method ends a word", key("Enter", { keyCode: 229 } as KeyboardEventInit), false],
    ["is no other key", key("a"), false],
  ])("%s", (_, event, sends) => expect(isSend(event)).toBe(sends));
});

describe("hotkeys", () => {
  test.each([
    [key("/"), "/", true],
    [key("/", { ctrlKey: true }), "/", false],
    [key("K", { metaKey: true }), "mod+k", true],
    [key("k", { ctrlKey: true }), "mod+k", true],
    [key("k"), "mod+k", false],
    [key("k"), "", false],
  ])("%#", (event, hotkey, hit) => expect(isHotkey(event, hotkey)).toBe(hit));
});

const sentence = (index: number, text: string): Sentence => ({
  index,
  text,
  start: 0,
  end: text.length,
  citations: [1],
  support: "supported",
});

const QUOTE = { text: "甲", start: 0, end: 1, prefix: "", suffix: "", sentence_indexes: [0] };
const article = { id: "a", title: "题", publisher: "报", published_at: null, url: null, truncated: false };
const citation = (number: number, quotes: object[] = []): object => ({
  number,
  document: article,
  quotes,
  reprints: [],
});

describe("a turn", () => {
  const words = LANGUAGES.zh;
  const apply = (turn: Turn, ...events: [string, object][]): Turn =>
    events.reduce((now, [name, data]) => applyEvent(now, { name, data: data as Record<string, unknown> }, words), turn);

  test("takes what the events say, and ignores what it does not know", () => {
    const turn = apply(
      newTurn("问", words),
      ["answer.created", { id: "ans_1" }],
      ["answer.status", { stage: "generating", found: 8 }],
      ["answer.new_in_2030", { x: 1 }],
      ["answer.citation", { citation: citation(2) }],
      ["answer.citation", { citation: citation(1) }],
      ["answer.citation", { citation: citation(2, [QUOTE]) }],
      ["answer.delta", { text: "甲[1]。" }],
      ["answer.delta", { text: "乙[2]。" }],
    );
    expect(turn.text).toBe("甲[1]。乙[2]。");
    expect(turn.stage).toBe("找到 8 段报道，正在核对引用…");
    expect(turn.citations).toEqual([citation(1), citation(2, [QUOTE])]);
  });

  test("ends with the whole answer, which stands above all that came before", () => {
    const answer = {
      id: "ans_1",
      status: "answered",
      answer: "丙。",
      sentences: [],
      citations: [],
      follow_ups: ["丁？"],
    };
    const turn = apply(newTurn("问", words), ["answer.delta", { text: "甲" }], ["answer.completed", { answer }]);
    expect(turn).toMatchObject({
      state: "done",
      text: "丙。",
      stage: "",
      answer: { id: "ans_1", follow_ups: ["丁？"] },
    });
  });

  test("history is the last four answers, cut to what the service takes", () => {
    const turns = Array.from({ length: 6 }, (_, i) => ({
      ...newTurn(`问${i}`, words),
      state: "done" as const,
      text: "答".repeat(5000),
      answer: {} as Answer,
    }));
    const history = historyOf([...turns, newTurn("未答", words)]);
    expect(history).toHaveLength(8);
    expect(history[0]).toEqual({ role: "user", content: "问2" });
    expect(history.every(({ content }) => content.length <= 2000)).toBe(true);
  });
});

describe("a screen reader hears", () => {
  const hear = (when: "sentence" | "end"): string[] => {
    const place = document.createElement("div");
    const speaker = new Speaker(() => place);
    const start = newTurn("问", LANGUAGES.zh);
    const found = { ...start, stage: "找到 8 段报道，正在核对引用…" };
    const first = { ...found, text: "甲[1]。", sentences: [sentence(0, "甲[1]。")] };
    const second = { ...first, text: "甲[1]。乙[2]。", sentences: [...first.sentences, sentence(1, "乙[2]。")] };
    const done: Turn = { ...second, state: "done", stage: "" };
    const states = [start, found, first, second, done];
    states.slice(1).forEach((turn, i) => {
      speaker.tell(turn, states[i] as Turn, when);
    });
    return [...place.children].map((line) => line.textContent ?? "");
  };

  test("a stage, then sentence by sentence", () =>
    expect(hear("sentence")).toEqual(["找到 8 段报道，正在核对引用…", "甲。", "乙。"]));
  test("or a stage, then the whole", () => expect(hear("end")).toEqual(["找到 8 段报道，正在核对引用…", "甲。乙。"]));
});

test("attributes and methods that sites rely on", () => {
  expect(HuawenChat.observedAttributes.toSorted()).toEqual([
    "announce",
    "default-open",
    "endpoint",
    "heading",
    "hotkey",
    "lang",
    "max-length",
    "mode",
    "persist",
    "placeholder",
    "position",
    "public-key",
    "theme",
  ]);
  for (const name of ["open", "close", "toggle", "ask", "stop", "clear"] as const)
    expect(HuawenChat.prototype[name]).toBeTypeOf("function");
});
