// A server in front of the real one that does what networks and bad servers do.

import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { SERVER } from "./browser.js";

export type Fault =
  | { kind: "none" }
  | { kind: "refuse"; status: number; body: object | string; headers?: Record<string, string> }
  /** The connection ends before anything is said. */
  | { kind: "hang up" }
  /** The connection ends where this event would begin. */
  | { kind: "cut"; before: string }
  /** The answer waits so long where this event would begin. */
  | { kind: "slow"; before: string; ms: number }
  /** An answer that no server of ours would give. */
  | { kind: "say"; body: string };

export interface Door {
  url: string;
  fault: Fault;
  /** Idempotency keys of the questions that came. */
  asked: string[];
  close(): Promise<void>;
}

/** Pages and small calls pass; only questions meet the fault. */
export async function startProxy(port = 0): Promise<Door> {
  const sockets = new Set<Socket>();
  const proxy: Door = { url: "", fault: { kind: "none" }, asked: [], close: async () => undefined };
  const server = createServer((req, res) => {
    const fault: Fault = req.url === "/v1/ask" ? proxy.fault : { kind: "none" };
    if (req.url === "/v1/ask") proxy.asked.push(String(req.headers["idempotency-key"]));
    misbehave(fault, req, res);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy.close = () => end(server, sockets);
  return proxy;
}

function misbehave(fault: Fault, req: IncomingMessage, res: ServerResponse): void {
  switch (fault.kind) {
    case "refuse": {
      const text = typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body);
      res.writeHead(fault.status, { "Content-Type": "application/problem+json", ...fault.headers }).end(text);
      return;
    }
    case "hang up":
      req.socket.destroy();
      return;
    case "say":
      res.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" }).end(fault.body);
      return;
    default:
      pass(fault, req, res);
  }
}

function pass(fault: Fault, req: IncomingMessage, res: ServerResponse): void {
  const { hostname, port } = new URL(SERVER);
  // The real server must see a page of its own: the proxy is the only door.
  const headers = { ...req.headers, host: `${hostname}:${port}` };
  if (headers.origin) headers.origin = SERVER;
  const onward = request({ hostname, port, path: req.url, method: req.method, headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    if (fault.kind !== "cut" && fault.kind !== "slow") {
      answer.pipe(res);
      return;
    }
    let text = "";
    answer.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    answer.on("end", () => {
      const at = text.indexOf(`event: ${fault.before}\n`);
      res.flushHeaders();
      if (at > 0) res.write(text.slice(0, at));
      const rest = (): unknown => (fault.kind === "cut" ? res.destroy() : res.end(text.slice(at)));
      setTimeout(rest, fault.kind === "cut" ? 100 : fault.ms);
    });
  });
  onward.on("error", () => res.destroy());
  res.on("close", () => onward.destroy());
  req.pipe(onward);
}

async function end(server: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => server.close(done));
}

/** Events as the service writes them. */
export function stream(events: [string, object][]): string {
  return events
    .map(([name, data], i) => `event: ${name}\nid: ${i}\ndata: ${JSON.stringify({ seq: i, ...data })}\n\n`)
    .join("");
}
