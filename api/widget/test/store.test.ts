import { beforeEach, describe, expect, test, vi } from "vitest";
import { LANGUAGES } from "../src/i18n.js";
import { loadTurns, type Persist, saveTurns, storageKey } from "../src/store.js";
import { newTurn } from "../src/turns.js";
import type { Turn } from "../src/types.js";

const KEY = storageKey("https://qa.example.com", "hw_pk_x");
const NOW = Date.parse("2026-11-21T08:00:00Z");
const DAY = 86_400_000;
const turn = (question: string, change: Partial<Turn> = {}): Turn => ({
  ...newTurn(question, LANGUAGES.zh),
  state: "done",
  stage: "",
  text: "共有7.15亿张[1]。",
  ...change,
});

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});

describe.each(["session", "local"] as Persist[])("%s", (persist) => {
  const storage = (): Storage => (persist === "local" ? localStorage : sessionStorage);

  test("what is saved is there again", () => {
    const turns = [
      turn("一"),
      turn("二", { state: "failed", problem: { code: "offline", title: "连不上", detail: "", retryAt: 0 } }),
    ];
    saveTurns(persist, KEY, turns, NOW);
    expect(loadTurns(persist, KEY, NOW + DAY)).toEqual(turns);
  });

  test("an answer that was still coming is there as stopped", () => {
    saveTurns(persist, KEY, [turn("一", { state: "streaming", stage: "正在检索…" })], NOW);
    expect(loadTurns(persist, KEY, NOW)).toMatchObject([{ state: "stopped", stage: "" }]);
  });

  test("the last twenty are kept, for seven days", () => {
    saveTurns(
      persist,
      KEY,
      Array.from({ length: 25 }, (_, i) => turn(`问${i}`)),
      NOW,
    );
    expect(loadTurns(persist, KEY, NOW).map((one) => one.question)).toEqual(
      Array.from({ length: 20 }, (_, i) => `问${i + 5}`),
    );
    expect(loadTurns(persist, KEY, NOW + 7 * DAY)).toEqual([]);
  });

  test("at most 200 kB are written, the oldest go", () => {
    saveTurns(
      persist,
      KEY,
      Array.from({ length: 20 }, (_, i) => turn(`问${i}`, { text: "亿".repeat(20_000) })),
      NOW,
    );
    const raw = storage().getItem(KEY) ?? "";
    expect(raw.length * 2).toBeLessThanOrEqual(200_000);
    expect(loadTurns(persist, KEY, NOW).at(-1)?.question).toBe("问19");
  });

  test("a turn that is too large alone leaves nothing behind", () => {
    saveTurns(persist, KEY, [turn("一")], NOW);
    saveTurns(persist, KEY, [turn("二", { text: "亿".repeat(200_000) })], NOW);
    expect(storage().getItem(KEY)).toBeNull();
  });

  test("nothing to keep leaves nothing behind", () => {
    saveTurns(persist, KEY, [turn("一")], NOW);
    saveTurns(persist, KEY, [], NOW);
    expect(storage().getItem(KEY)).toBeNull();
  });

  test.each([
    "",
    "{",
    "[]",
    "null",
    "5",
    '{"at":1}',
    '{"shape":1,"at":9e99,"turns":[null,{"id":"x"},5]}',
    '{"shape":0,"at":9e99,"turns":[]}',
  ])("odd content %j is no conversation", (raw) => {
    storage().setItem(KEY, raw);
    expect(loadTurns(persist, KEY, NOW)).toEqual([]);
  });
});

test("none keeps nothing", () => {
  saveTurns("none", KEY, [turn("一")], NOW);
  expect(sessionStorage.length + localStorage.length).toBe(0);
  expect(loadTurns("none", KEY, NOW)).toEqual([]);
});

test("storage that throws is no memory, not an error", () => {
  const get = vi.spyOn(window, "sessionStorage", "get").mockImplementation(() => {
    throw new DOMException("denied", "SecurityError");
  });
  expect(() => saveTurns("session", KEY, [turn("一")], NOW)).not.toThrow();
  expect(loadTurns("session", KEY, NOW)).toEqual([]);
  get.mockRestore();
});

test("the key names neither the service nor the site's key", () => {
  expect(KEY).toMatch(/^huawen:[0-9a-f]{8}$/);
  expect(storageKey("https://qa.example.com", "hw_pk_y")).not.toBe(KEY);
  expect(storageKey("https://other.example.com", "hw_pk_x")).not.toBe(KEY);
});
