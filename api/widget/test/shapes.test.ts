import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readAnswer, readCitation, readConfig, readTurn } from "../src/shapes.js";

const article = { id: "a", title: "题", publisher: "报", published_at: null, url: "https://a.cn", truncated: true };
const quote = { text: "甲", start: 0, end: 1, prefix: "", suffix: "", sentence_indexes: [0] };
const citation = { number: 1, document: article, quotes: [quote], reprints: [article] };
const sentence = { index: 0, text: "甲[1]。", start: 0, end: 5, citations: [1], support: "supported" };
const answer = {
  id: "ans_1",
  question: "问",
  rewritten_question: null,
  language: "zh-CN",
  status: "answered",
  abstention: null,
  answer: "甲[1]。",
  sentences: [sentence],
  citations: [citation],
  follow_ups: ["丁？"],
  as_of: null,
  sources: [{ document_id: "a", start: 0, end: 5, document: article }],
  warnings: [{ code: "c", message: "m" }],
};
const turn = {
  id: "t1",
  question: "问",
  state: "done",
  stage: "",
  text: "甲[1]。",
  sentences: [sentence],
  citations: [citation],
  answer,
  problem: { code: "c", title: "t", detail: "d", retryAt: 0 },
  feedback: { rating: "down", reasons: ["other"], comment: "", open: true, sent: false },
};

test("what is right stays as it is; what is unknown is left out", () => {
  expect(readTurn(turn)).toEqual(turn);
  expect(readAnswer({ ...answer, timings_ms: { total: 5 }, model: {} })).toEqual(answer);
});

test("an abstention, with and without what comes near", () => {
  const near = { id: "a", title: "题", publisher: "报", published_at: null };
  const abstention = { reason: "r", message: "m", nearest: [near] };
  expect(readAnswer({ ...answer, abstention }).abstention).toEqual(abstention);
  expect(readAnswer({ ...answer, abstention: { reason: "r", message: "m" } }).abstention?.nearest).toEqual([]);
});

test("what an older service leaves out is empty", () => {
  const { follow_ups: _, warnings: __, sources: ___, ...old } = answer;
  expect(readAnswer(old)).toMatchObject({ follow_ups: [], warnings: [], sources: [] });
});

describe("what is wrong is an error, and never a view that breaks", () => {
  test.each([
    [null],
    [5],
    ["x"],
    [[]],
    [{}],
    [{ ...answer, status: "maybe" }],
    [{ ...answer, answer: 5 }],
    [{ ...answer, sentences: [null] }],
    [{ ...answer, citations: [{ ...citation, number: -1 }] }],
    [{ ...answer, citations: [{ ...citation, number: 1.5 }] }],
    [{ ...answer, citations: [{ ...citation, quotes: {} }] }],
    [{ ...answer, warnings: 7 }],
    [{ ...answer, sources: [{ document_id: "a", start: 0, end: 1, document: "x" }] }],
  ])("%#", (value) => expect(() => readAnswer(value)).toThrow(SyntaxError));

  test("whatever it is", () => {
    const value = fc.anything();
    const reads = [readAnswer, readCitation, readTurn, readConfig];
    fc.assert(
      fc.property(value, fc.constantFrom(...reads), (odd, read) => {
        expect(() => read(odd)).toThrow(SyntaxError);
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(answer)), value, (name, odd) => {
        try {
          JSON.stringify(readAnswer({ ...answer, [name]: odd }));
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
    );
  });
});
