// A question as a stream of events, read over `fetch`.

import { createParser } from "eventsource-parser";
import type { Strings } from "./i18n.js";
import { type Client, isBroken, problemOf, readable, ServiceError, send, toProblem } from "./service.js";
import { record } from "./shapes.js";

/** One event of the stream. */
export interface AskEvent {
  name: string;
  data: Record<string, unknown>;
}

const MOST_EVENT_BYTES = 2_000_000;

/**
 * Ask, and read events until the stream ends.
 *
 * Asks once more, under the same idempotency key, only where not a single event came and the
 * connection failed. A service that says nothing for `client.patienceMs` is given up.
 * @throws ServiceError what the reader should know; AbortError as `fetch` does.
 */
export async function* ask(client: Client, body: object, signal: AbortSignal): AsyncGenerator<AskEvent> {
  const key = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  for (let attempt = 0; ; attempt += 1) {
    let events = 0;
    const patience = new Patience(client.patienceMs);
    try {
      const response = await send(client, "/v1/ask", {
        method: "POST",
        body: JSON.stringify({ ...body, stream: true }),
        headers: { Accept: "text/event-stream", "Idempotency-Key": key },
        signal: AbortSignal.any([signal, patience.signal]),
      });
      for await (const event of readEvents(response, patience)) {
        events += 1;
        yield event;
        if (event.name === "answer.completed") return;
        if (event.name === "error") throw new ServiceError(toProblem(event.data, client.words));
      }
      throw broken(client.words);
    } catch (error) {
      if (signal.aborted) throw error;
      if (patience.lost) throw silent(client.words);
      if (events > 0 || attempt > 0 || !isBroken(error)) throw readable(error, client.words, events > 0);
    } finally {
      patience.end();
    }
  }
}

/** Gives up where nothing comes for a while. */
class Patience {
  private readonly abort = new AbortController();
  private timer = 0;

  constructor(private readonly ms: number) {
    this.renew();
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get lost(): boolean {
    return this.abort.signal.aborted;
  }

  renew(): void {
    this.end();
    this.timer = setTimeout(() => this.abort.abort(), this.ms) as unknown as number;
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

async function* readEvents(response: Response, patience: Patience): AsyncGenerator<AskEvent> {
  const ready: AskEvent[] = [];
  const parser = createParser({
    onEvent: (event) => {
      ready.push({ name: event.event ?? "message", data: record(JSON.parse(event.data)) });
    },
  });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let unread = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      patience.renew();
      unread += value.length;
      if (unread > MOST_EVENT_BYTES) throw new SyntaxError("an event without end");
      parser.feed(decoder.decode(value, { stream: true }));
      if (ready.length) unread = 0;
      yield* ready.splice(0);
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

function broken(words: Strings): ServiceError {
  return new ServiceError(problemOf("broken", words.brokenTitle, words.brokenDetail));
}

function silent(words: Strings): ServiceError {
  return new ServiceError(problemOf("silent", words.silentTitle, words.silentDetail));
}
