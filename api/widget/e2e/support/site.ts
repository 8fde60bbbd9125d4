// Another site: pages on an origin of their own that the server lets ask.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SERVER, SITE } from "./browser.js";

export interface Site {
  url: string;
  close(): Promise<void>;
}

/** Serve one page, and only that, under a policy; port 0 is one that the server does not know. */
export async function startSite(html: string, policy = "", port = SITE): Promise<Site> {
  const server = createServer((request, response) => {
    if (request.url !== "/") {
      response.writeHead(404).end();
      return;
    }
    const headers = policy ? { "Content-Security-Policy": policy } : {};
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...headers }).end(html);
  });
  await new Promise<void>((done, fail) => server.on("error", fail).listen(port, "127.0.0.1", done));
  const own = (server.address() as AddressInfo).port;
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((done) => server.close(() => done()));
  };
  return { url: `http://127.0.0.1:${own}/`, close };
}

/** A page around `body`; the favicon is named so that the browser asks for none. */
export function pageOf(body: string, head = ""): string {
  return `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>别的网站</title>
<link rel="icon" href="data:,">${head}</head><body>${body}</body></html>`;
}

export const SCRIPT = `<script type="module" src="${SERVER}/widget.js"></script>`;
