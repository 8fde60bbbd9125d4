// The conversation in the browser's storage. Every call may throw (private windows, full disks,
// policies): the chat then goes on without memory.

import { readTurn } from "./shapes.js";
import type { Turn } from "./types.js";

export type Persist = "local" | "session" | "none";

const MOST_TURNS = 20;
const MOST_BYTES = 200_000;
const SHAPE = 1; // of a stored turn; another one is not read
const LONGEST_MS = 7 * 86_400_000;

/** A key that says nothing about the site's key to who reads the storage. */
export function storageKey(endpoint: string, publicKey: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${endpoint}\n${publicKey}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return `huawen:${hash.toString(16).padStart(8, "0")}`;
}

/** Finished turns, oldest first; nothing where there is no memory, or it is old or odd. */
export function loadTurns(persist: Persist, key: string, now: number): Turn[] {
  try {
    const raw = place(persist)?.getItem(key);
    if (!raw) return [];
    const { shape, at, turns } = JSON.parse(raw) as { shape: number; at: number; turns: Turn[] };
    if (shape !== SHAPE || !(now - at < LONGEST_MS) || !Array.isArray(turns)) return [];
    return turns.map(readTurn);
  } catch {
    return [];
  }
}

/** Keep the last turns that fit; one that is still answered is kept as one that was stopped. */
export function saveTurns(persist: Persist, key: string, turns: Turn[], now: number): void {
  try {
    const storage = place(persist);
    if (!storage) return;
    const kept = turns.slice(-MOST_TURNS).map(stopped);
    while (kept.length) {
      const raw = JSON.stringify({ shape: SHAPE, at: now, turns: kept });
      if (raw.length * 2 <= MOST_BYTES) {
        storage.setItem(key, raw);
        return;
      }
      kept.shift();
    }
    storage.removeItem(key);
  } catch {
    // no memory then
  }
}

function stopped(turn: Turn): Turn {
  return turn.state === "streaming" ? { ...turn, state: "stopped", stage: "" } : turn;
}

function place(persist: Persist): Storage | null {
  if (persist === "none") return null;
  return persist === "local" ? window.localStorage : window.sessionStorage;
}
