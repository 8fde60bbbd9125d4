// A turn of the conversation, and what each event of the stream does to it.

import { fill, type Strings } from "./i18n.js";
import { readAnswer, readCitation, readSentence, text } from "./shapes.js";
import type { AskEvent } from "./sse.js";
import type { Citation, Turn } from "./types.js";

let made = 0;

/** A question that was just asked. */
export function newTurn(question: string, words: Strings): Turn {
  made += 1;
  return {
    id: `t${Date.now().toString(36)}${made}`,
    question,
    state: "streaming",
    stage: words.retrieving,
    text: "",
    sentences: [],
    citations: [],
    answer: null,
    problem: null,
    feedback: null,
  };
}

/** The turn after an event; unknown events change nothing. @throws SyntaxError for odd ones. */
export function applyEvent(turn: Turn, event: AskEvent, words: Strings): Turn {
  const { data } = event;
  switch (event.name) {
    case "answer.status":
      return { ...turn, stage: stageText(String(data["stage"]), data["found"], words) };
    case "answer.citation":
      return { ...turn, citations: put(turn.citations, readCitation(data["citation"])) };
    case "answer.delta":
      return { ...turn, text: turn.text + text(data["text"]) };
    case "answer.sentence":
      return { ...turn, sentences: [...turn.sentences, readSentence(data["sentence"])] };
    case "answer.completed": {
      const answer = readAnswer(data["answer"]);
      const { sentences, citations } = answer;
      return { ...turn, state: "done", stage: "", text: answer.answer, sentences, citations, answer };
    }
    default:
      return turn;
  }
}

/** Earlier questions and answers as the service takes them, the latest four. */
export function historyOf(turns: Turn[]): { role: string; content: string }[] {
  return turns
    .filter((turn) => turn.state === "done" && turn.answer)
    .slice(-4)
    .flatMap((turn) => [
      { role: "user", content: turn.question.slice(0, 2000) },
      { role: "assistant", content: turn.text.slice(0, 2000) },
    ]);
}

function stageText(stage: string, found: unknown, words: Strings): string {
  if (stage === "generating" && typeof found === "number") return fill(words.found, { n: found });
  const known: Record<string, string> = {
    rewriting: words.rewriting,
    retrieving: words.retrieving,
    generating: words.generating,
    verifying: words.generating,
  };
  return known[stage] ?? words.retrieving;
}

function put(citations: Citation[], citation: Citation): Citation[] {
  const others = citations.filter((one) => one.number !== citation.number);
  return [...others, citation].sort((a, b) => a.number - b.number);
}
