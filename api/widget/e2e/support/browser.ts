// A real Chromium, and pages that remember everything that must not happen.

import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";

/** The server that the tests ask: `huawen serve` over the sample articles. */
export const SERVER = process.env["E2E_SERVER"] ?? "http://127.0.0.1:8791";
/** Port of pages that the server lets ask. */
export const SITE = Number(process.env["E2E_SITE_PORT"] ?? "8792");

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Look {
  lang?: "zh-CN" | "en";
  dark?: boolean;
  size?: { width: number; height: number };
  touch?: boolean;
  scale?: number;
  forced?: boolean;
  still?: boolean;
}

/** What a page did; a test that ends well has seen none of it. */
export interface Watched {
  page: Page;
  context: BrowserContext;
  errors: string[];
  hosts: Set<string>;
}

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
}

/** A page of its own profile that writes down errors, policy violations and every host it asks. */
export async function newPage(browser: Browser, look: Look = {}): Promise<Watched> {
  const context = await browser.newContext({
    locale: look.lang ?? "zh-CN",
    colorScheme: look.dark ? "dark" : "light",
    viewport: look.size ?? { width: 1280, height: 800 },
    hasTouch: look.touch ?? false,
    deviceScaleFactor: look.scale ?? 1,
    forcedColors: look.forced ? "active" : "none",
    reducedMotion: look.still ? "reduce" : "no-preference",
  });
  const page = await context.newPage();
  const errors: string[] = [];
  const hosts = new Set<string>();
  page.on("pageerror", (error) => errors.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A refused request is written by the browser itself; what the widget makes of it is tested.
    const own = message.type() === "error" && !message.text().startsWith("Failed to load resource");
    if (own) errors.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) hosts.add(new URL(request.url()).origin);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { page, context, errors, hosts };
}

/** Parts of a widget, found through its open shadow root. */
export function parts(page: Page): Record<"ask" | "send" | "launcher" | "panel" | "card" | "log" | "last", Locator> {
  return {
    ask: page.locator("huawen-chat textarea.ask"),
    send: page.locator("huawen-chat .composer .primary"),
    launcher: page.locator("huawen-chat .launcher"),
    panel: page.locator("huawen-chat .panel"),
    card: page.locator("huawen-chat .card"),
    log: page.locator("huawen-chat .log"),
    last: page.locator("huawen-chat .log > ol > li").last(),
  };
}

/** Ask in the open panel, and wait for the end of the answer. */
export async function ask(page: Page, question: string): Promise<Locator> {
  const { ask: box, last } = parts(page);
  await box.fill(question);
  await box.press("Enter");
  await last.locator("article[aria-busy=false]").waitFor();
  return last;
}
