// Requests to the service, and what went wrong with them in words for the reader.

import type { Strings } from "./i18n.js";
import type { Problem } from "./types.js";

/** A failure that a reader can be told about. */
export class ServiceError extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
  }
}

/** How a request is made: where to, in which language, with which right, for how long at most. */
export interface Client {
  endpoint: string;
  tag: string;
  words: Strings;
  /** Milliseconds of silence after which the service is given up. */
  patienceMs: number;
  token: (renew: boolean) => Promise<string>;
}

const UNAUTHENTICATED = 401;

/** One call that answers JSON. @throws ServiceError */
export async function call(client: Client, path: string, body?: object): Promise<Record<string, unknown>> {
  try {
    const signal = AbortSignal.timeout(client.patienceMs);
    const post = body ? { method: "POST", body: JSON.stringify(body) } : {};
    const response = await send(client, path, { ...post, signal });
    return (await response.json()) as Record<string, unknown>;
  } catch (error) {
    throw readable(error, client.words, false);
  }
}

/** One request; a token that has run out is renewed once. @throws ServiceError where it is refused. */
export async function send(client: Client, path: string, init: RequestInit): Promise<Response> {
  for (let renew = false; ; renew = true) {
    const token = await client.token(renew);
    const response = await fetch(client.endpoint + path, {
      ...init,
      credentials: "omit",
      referrerPolicy: "no-referrer",
      headers: {
        ...(init.body ? { "Content-Type": "application/json" } : {}),
        "Accept-Language": client.tag,
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...init.headers,
      },
    });
    if (response.ok) return response;
    if (response.status === UNAUTHENTICATED && token && !renew) continue;
    throw new ServiceError(await readProblem(response, client.words));
  }
}

/** A problem of ours. */
export function problemOf(code: string, title: string, detail: string): Problem {
  return { code, title, detail, retryAt: 0 };
}

/** A problem object of the service; what it lacks is said in our words. */
export function toProblem(data: Record<string, unknown>, words: Strings): Problem {
  const text = (name: string): string => (typeof data[name] === "string" ? (data[name] as string) : "");
  return {
    code: text("code") || "unknown",
    title: text("title") || words.oddTitle,
    detail: text("detail") || words.oddDetail,
    retryAt: soon(data["retry_after_s"]),
  };
}

/** A connection that failed, not a service that answered. */
export function isBroken(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof ServiceError && error.problem.code === "broken");
}

/** Any failure as one that a reader can be told about; `begun` where some of the answer came. */
export function readable(error: unknown, words: Strings, begun: boolean): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof SyntaxError) return new ServiceError(problemOf("odd", words.oddTitle, words.oddDetail));
  return new ServiceError(
    begun
      ? problemOf("broken", words.brokenTitle, words.brokenDetail)
      : problemOf("offline", words.offlineTitle, words.offlineDetail),
  );
}

async function readProblem(response: Response, words: Strings): Promise<Problem> {
  let data: Record<string, unknown> = {};
  try {
    data = (await response.json()) as Record<string, unknown>;
  } catch {
    // not ours: a proxy's page
  }
  const problem = toProblem(data ?? {}, words);
  return { ...problem, retryAt: problem.retryAt || soon(response.headers.get("Retry-After")) };
}

const LONGEST_WAIT_S = 3600;

/** Seconds from now as a time; 0 for anything that is no such number. */
function soon(seconds: unknown): number {
  const wait = Math.min(Number(seconds), LONGEST_WAIT_S);
  return wait > 0 ? Date.now() + wait * 1000 : 0;
}
