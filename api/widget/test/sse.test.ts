// @vitest-environment node
// Against a server of bytes: how events are cut into pieces is up to the network.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { LANGUAGES } from "../src/i18n.js";
import { type Client, call, ServiceError } from "../src/service.js";
import { type AskEvent, ask } from "../src/sse.js";

type Handler = (request: IncomingMessage, response: ServerResponse, turn: number) => void;
let server: Server | null = null;

async function serve(handler: Handler): Promise<Client & { seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  server = createServer((request, response) => handler(request, response, seen.push(request) - 1));
  await new Promise<void>((done) => server?.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    tag: "zh-CN",
    words: LANGUAGES.zh,
    patienceMs: 2000,
    token: async () => "hw_pk_x",
    seen,
  };
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((done) => server?.close(done));
});

async function read(client: Client, signal = new AbortController().signal): Promise<AskEvent[]> {
  const found: AskEvent[] = [];
  for await (const event of ask(client, { question: "问" }, signal)) found.push(event);
  return found;
}

const failure = async (work: Promise<unknown>): Promise<ServiceError["problem"]> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ServiceError);
  return (error as ServiceError).problem;
};

const SSE = { "Content-Type": "text/event-stream" };
const event = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const DONE = event("answer.completed", { answer: { id: "ans_1" } });

describe("events", () => {
  test.each([1, 2, 3, 7, 1000])("arrive whole, %i bytes at a time", async (size) => {
    const raw = Buffer.from(`: ping\n\n${event("answer.delta", { text: "信用卡😀\u2028下降" })}${DONE}`);
    const client = await serve(async (_, response) => {
      response.writeHead(200, SSE);
      for (let at = 0; at < raw.length; at += size) {
        response.write(raw.subarray(at, at + size));
        await new Promise((done) => setImmediate(done));
      }
      response.end();
    });
    expect(await read(client)).toEqual([
      { name: "answer.delta", data: { text: "信用卡😀\u2028下降" } },
      { name: "answer.completed", data: { answer: { id: "ans_1" } } },
    ]);
  });

  test("end with the answer, whatever comes after", async () => {
    const client = await serve((_, response) =>
      response.writeHead(200, SSE).write(DONE + event("answer.delta", { text: "x" })),
    );
    expect((await read(client)).map((one) => one.name)).toEqual(["answer.completed"]);
  });

  test("without end are given up", async () => {
    const client = await serve((_, response) => {
      response.writeHead(200, SSE);
      response.write(`data: ${"x".repeat(3_000_000)}`);
    });
    expect((await failure(read(client))).code).toBe("odd");
  });

  test("that are no JSON are said to be unreadable", async () => {
    const client = await serve((_, response) =>
      response.writeHead(200, SSE).end("event: answer.delta\ndata: {oops\n\n"),
    );
    expect(await failure(read(client))).toMatchObject({ code: "odd", title: "服务的回答无法读取" });
  });

  test("of the kind error are what the service says", async () => {
    const problem = { code: "upstream_error", title: "模型出错", detail: "请重试", retry_after_s: 5 };
    const client = await serve((_, response) => response.writeHead(200, SSE).end(event("error", problem)));
    const found = await failure(read(client));
    expect(found).toMatchObject({ code: "upstream_error", title: "模型出错" });
    expect(found.retryAt - Date.now()).toBeGreaterThan(4000);
  });
});

describe("a question is asked once more", () => {
  test("where not one event came, under the same key", async () => {
    const client = await serve((request, response, turn) => {
      if (turn === 0) request.socket.destroy();
      else response.writeHead(200, SSE).end(DONE);
    });
    expect(await read(client)).toHaveLength(1);
    const keys = client.seen.map((one) => one.headers["idempotency-key"]);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  test("but not twice", async () => {
    const client = await serve((request) => request.socket.destroy());
    expect(await failure(read(client))).toMatchObject({ code: "offline" });
    expect(client.seen).toHaveLength(2);
  });

  test("and not where some of the answer came", async () => {
    const client = await serve((_, response) => {
      response.writeHead(200, SSE);
      response.write(event("answer.delta", { text: "信" }), () => response.destroy());
    });
    expect(await failure(read(client))).toMatchObject({ code: "broken" });
    expect(client.seen).toHaveLength(1);
  });

  test.each([429, 500, 502, 503, 504, 403, 422])("and not where the service answered %i", async (status) => {
    const body = JSON.stringify({ code: "x", title: "不行", detail: "原因" });
    const client = await serve((_, response) => response.writeHead(status, { "Retry-After": "3" }).end(body));
    const found = await failure(read(client));
    expect(found).toMatchObject({ code: "x", title: "不行", detail: "原因" });
    expect(found.retryAt).toBeGreaterThan(Date.now());
    expect(client.seen).toHaveLength(1);
  });
});

test.each(["<html>502</html>", "null", "[]", "5", ""])("a refusal that says %j is said in our words", async (body) => {
  const client = await serve((_, response) => response.writeHead(502).end(body));
  expect(await failure(read(client))).toMatchObject({ title: "服务的回答无法读取", retryAt: 0 });
});

test.each(["-1", "soon", "1e99", "Wed, 21 Oct 2026 07:28:00 GMT"])("odd Retry-After %j is bounded", async (after) => {
  const client = await serve((_, response) => response.writeHead(503, { "Retry-After": after }).end("{}"));
  expect((await failure(read(client))).retryAt - Date.now()).toBeLessThanOrEqual(3_600_000);
});

test("silence is given up", async () => {
  const client = await serve((_, response) => response.writeHead(200, SSE).flushHeaders());
  expect(await failure(read({ ...client, patienceMs: 100 }))).toMatchObject({ code: "silent" });
});

test("a sign of life renews patience", async () => {
  const client = await serve(async (_, response) => {
    response.writeHead(200, SSE);
    for (let i = 0; i < 6; i += 1) {
      response.write(": ping\n\n");
      await new Promise((done) => setTimeout(done, 100));
    }
    response.end(DONE);
  });
  expect(await read({ ...client, patienceMs: 300 })).toHaveLength(1);
});

test("whoever stops is not told of a failure of ours", async () => {
  const client = await serve((_, response) => response.writeHead(200, SSE).flushHeaders());
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 50);
  await expect(read(client, abort.signal)).rejects.toHaveProperty("name", "AbortError");
});

test("a token that ran out is renewed once", async () => {
  const client = await serve((request, response) => {
    const good = request.headers.authorization === "Bearer new";
    response.writeHead(good ? 200 : 401).end(good ? '{"ok":true}' : "{}");
  });
  const renewals: boolean[] = [];
  const token = async (renew: boolean): Promise<string> => {
    renewals.push(renew);
    return renew ? "new" : "old";
  };
  expect(await call({ ...client, token }, "/v1/widget-config")).toEqual({ ok: true });
  expect(renewals).toEqual([false, true]);
  const never = { ...client, token: async () => "old" };
  await failure(call(never, "/v1/widget-config"));
});
