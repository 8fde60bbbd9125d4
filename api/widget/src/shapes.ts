// What comes over the network or out of a storage, held against the shapes that the views rely on.

import type { Abstention, Answer, Article, Citation, Config, Quote, Sentence, Source, Turn } from "./types.js";

type Raw = Record<string, unknown>;

/** An answer; a shape that is not one is an error. @throws SyntaxError */
export function readAnswer(value: unknown): Answer {
  const raw = record(value);
  return {
    id: text(raw["id"]),
    question: text(raw["question"] ?? ""),
    rewritten_question: textOrNull(raw["rewritten_question"]),
    language: text(raw["language"] ?? ""),
    status: oneOf(raw["status"], ["answered", "partial", "abstained"]),
    abstention: raw["abstention"] ? readAbstention(raw["abstention"]) : null,
    answer: text(raw["answer"]),
    sentences: list(raw["sentences"], readSentence),
    citations: list(raw["citations"], readCitation),
    sources: list(raw["sources"] ?? [], readSource),
    follow_ups: list(raw["follow_ups"] ?? [], text),
    as_of: textOrNull(raw["as_of"]),
    warnings: list(raw["warnings"] ?? [], (one) => {
      const { code, message } = record(one);
      return { code: text(code), message: text(message) };
    }),
  };
}

/** @throws SyntaxError */
export function readCitation(value: unknown): Citation {
  const raw = record(value);
  return {
    number: number(raw["number"]),
    document: readArticle(raw["document"]),
    quotes: list(raw["quotes"], readQuote),
    reprints: list(raw["reprints"] ?? [], readArticle),
  };
}

/** @throws SyntaxError */
export function readSentence(value: unknown): Sentence {
  const raw = record(value);
  return {
    index: number(raw["index"]),
    text: text(raw["text"]),
    start: number(raw["start"]),
    end: number(raw["end"]),
    citations: list(raw["citations"], number),
    support: oneOf(raw["support"], ["supported", "partial", "unsupported", "not_required"]),
  };
}

/** A turn that was kept. @throws SyntaxError */
export function readTurn(value: unknown): Turn {
  const raw = record(value);
  const problem = raw["problem"] ? record(raw["problem"]) : null;
  const feedback = raw["feedback"] ? record(raw["feedback"]) : null;
  return {
    id: text(raw["id"]),
    question: text(raw["question"]),
    state: oneOf(raw["state"], ["done", "stopped", "failed"]),
    stage: "",
    text: text(raw["text"]),
    sentences: list(raw["sentences"], readSentence),
    citations: list(raw["citations"], readCitation),
    answer: raw["answer"] ? readAnswer(raw["answer"]) : null,
    problem: problem && {
      code: text(problem["code"]),
      title: text(problem["title"]),
      detail: text(problem["detail"]),
      retryAt: number(problem["retryAt"]),
    },
    feedback: feedback && {
      rating: oneOf(feedback["rating"], ["up", "down"]),
      reasons: list(feedback["reasons"], text),
      comment: text(feedback["comment"]),
      open: feedback["open"] === true,
      sent: feedback["sent"] === true,
    },
  };
}

/** Heading, starters and disclaimer by language. @throws SyntaxError */
export function readConfig(value: unknown): Config {
  const raw = record(value);
  const each = <T>(all: unknown, read: (one: unknown) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(record(all)).map(([tag, one]) => [tag, read(one)]));
  return {
    title: each(raw["title"], text),
    starters: each(raw["starters"], (all) => list(all, text)),
    disclaimer: each(raw["disclaimer"], text),
  };
}

function readAbstention(value: unknown): Abstention {
  const raw = record(value);
  return {
    reason: text(raw["reason"]),
    message: text(raw["message"]),
    nearest: list(raw["nearest"] ?? [], (one) => {
      const { id, title, publisher, published_at } = record(one);
      return { id: text(id), title: text(title), publisher: text(publisher), published_at: textOrNull(published_at) };
    }),
  };
}

function readSource(value: unknown): Source {
  const raw = record(value);
  return {
    document_id: text(raw["document_id"]),
    start: number(raw["start"]),
    end: number(raw["end"]),
    document: raw["document"] ? readArticle(raw["document"]) : null,
  };
}

function readArticle(value: unknown): Article {
  const raw = record(value);
  return {
    id: text(raw["id"]),
    title: text(raw["title"]),
    publisher: text(raw["publisher"]),
    published_at: textOrNull(raw["published_at"]),
    url: textOrNull(raw["url"]),
    truncated: raw["truncated"] === true,
  };
}

function readQuote(value: unknown): Quote {
  const raw = record(value);
  return {
    text: text(raw["text"]),
    start: number(raw["start"]),
    end: number(raw["end"]),
    prefix: text(raw["prefix"] ?? ""),
    suffix: text(raw["suffix"] ?? ""),
    sentence_indexes: list(raw["sentence_indexes"], number),
  };
}

/** Raised like the error of a JSON text that cannot be read. */
function odd(value: unknown): never {
  throw new SyntaxError(`unexpected ${typeof value} in an answer`);
}

/** An object of named values. @throws SyntaxError */
export function record(value: unknown): Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Raw) : odd(value);
}

/** @throws SyntaxError */
export function text(value: unknown): string {
  return typeof value === "string" ? value : odd(value);
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : text(value);
}

function number(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : odd(value);
}

function list<T>(value: unknown, read: (one: unknown) => T): T[] {
  return Array.isArray(value) ? value.map((one) => read(one)) : odd(value);
}

function oneOf<T extends string>(value: unknown, all: readonly T[]): T {
  return all.find((one) => one === value) ?? odd(value);
}
