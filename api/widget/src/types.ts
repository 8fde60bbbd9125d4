// The shapes of the service that the widget reads, and its own: one turn of a conversation.
// Offsets of the service count Unicode code points, half-open.

export interface Article {
  id: string;
  title: string;
  publisher: string;
  published_at: string | null;
  url: string | null;
  truncated: boolean;
}

export interface Quote {
  text: string;
  start: number;
  end: number;
  prefix: string;
  suffix: string;
  sentence_indexes: number[];
}

export interface Citation {
  number: number;
  document: Article;
  quotes: Quote[];
  reprints: Article[];
}

export interface Sentence {
  index: number;
  text: string;
  start: number;
  end: number;
  citations: number[];
  support: "supported" | "partial" | "unsupported" | "not_required";
}

export interface Source {
  document_id: string;
  start: number;
  end: number;
  document: Article | null;
}

/** An article that comes near a question, without answering it. */
export type Nearest = Pick<Article, "id" | "title" | "publisher" | "published_at">;

export interface Abstention {
  reason: string;
  message: string;
  nearest: Nearest[];
}

export interface Notice {
  code: string;
  message: string;
}

export interface Answer {
  id: string;
  question: string;
  rewritten_question: string | null;
  language: string;
  status: "answered" | "partial" | "abstained";
  abstention: Abstention | null;
  answer: string;
  sentences: Sentence[];
  citations: Citation[];
  sources: Source[];
  follow_ups: string[];
  as_of: string | null;
  warnings: Notice[];
}

/** What went wrong, in the reader's language; `retryAt` in milliseconds since 1970, 0 is at once. */
export interface Problem {
  code: string;
  title: string;
  detail: string;
  retryAt: number;
}

export interface Feedback {
  rating: "up" | "down";
  reasons: string[];
  comment: string;
  /** Whether the reader is being asked why. */
  open: boolean;
  sent: boolean;
}

export type TurnState = "streaming" | "done" | "stopped" | "failed";

/** One question and what became of it; `text` is what has been said so far. */
export interface Turn {
  id: string;
  question: string;
  state: TurnState;
  stage: string;
  text: string;
  sentences: Sentence[];
  citations: Citation[];
  answer: Answer | null;
  problem: Problem | null;
  feedback: Feedback | null;
}

export interface Config {
  title: Record<string, string>;
  starters: Record<string, string[]>;
  disclaimer: Record<string, string>;
}

export interface Filters {
  published_after?: string | null;
  published_before?: string | null;
  publishers?: string[];
  tags?: string[];
  document_ids?: string[];
}
