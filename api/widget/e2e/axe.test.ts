// axe finds nothing, in every state, in both languages and both themes.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, type Look, newPage, parts, startBrowser } from "./support/browser.js";
import { type Door, startProxy } from "./support/proxy.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const MONEY = "示例消费金融公司的贷款余额是多少？";

let browser: Browser;
let proxy: Door;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  proxy = await startProxy();
});
afterEach(() => proxy.close());

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async (tags) => {
    const { axe } = window as unknown as {
      axe: {
        run(
          context: object,
          options: object,
        ): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary: string }[] }[] }>;
      };
    };
    const found = await axe.run(document, { runOnly: { type: "tag", values: tags } });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${JSON.stringify(target)} ${failureSummary}`),
    );
  }, TAGS);
}

async function start(page: Page, question: string): Promise<void> {
  await parts(page).ask.fill(question);
  await parts(page).ask.press("Enter");
}

const PHONE: Look = { size: { width: 390, height: 844 }, touch: true };
const STATES: [string, string, Look, (page: Page) => Promise<unknown>][] = [
  ["closed", "/demo/strict", {}, (page) => parts(page).launcher.waitFor()],
  [
    "empty",
    "/demo/strict",
    {},
    async (page) => {
      await parts(page).launcher.click();
      await page.locator("huawen-chat .starters").waitFor();
    },
  ],
  [
    "streaming",
    "/",
    {},
    async (page) => {
      proxy.fault = { kind: "slow", before: "answer.completed", ms: 20_000 };
      await start(page, MONEY);
      await parts(page).last.locator(".cite").first().waitFor();
    },
  ],
  ["answered", "/", {}, (page) => ask(page, MONEY)],
  [
    "card open",
    "/",
    {},
    async (page) => {
      await (await ask(page, MONEY)).locator(".cite").first().click();
      await parts(page).card.waitFor();
    },
  ],
  [
    "sources open",
    "/",
    {},
    async (page) => (await ask(page, "徽商银行和东亚银行各公布了多少家合作机构？")).locator("summary").click(),
  ],
  [
    "error",
    "/",
    {},
    async (page) => {
      proxy.fault = {
        kind: "refuse",
        status: 503,
        body: { code: "overloaded", title: "服务繁忙", detail: "请稍后再试。" },
      };
      await start(page, MONEY);
      await parts(page).last.locator(".box.danger").waitFor();
    },
  ],
  ["abstained", "/", {}, (page) => ask(page, "火星上有多少家银行分行？")],
  ["conflict", "/", {}, (page) => ask(page, "上市银行信用卡贷款余额加起来是多少万亿元？")],
  ["truncated", "/", {}, (page) => ask(page, "示例农商行的新能源车贷年利率是多少？")],
  [
    "feedback",
    "/",
    {},
    async (page) => {
      await (await ask(page, MONEY)).locator(".actions .icon").last().click();
      await page.locator("huawen-chat .feedback .chip").first().click();
    },
  ],
  [
    "mobile",
    "/demo/strict",
    PHONE,
    async (page) => {
      await parts(page).launcher.tap();
      await (await ask(page, MONEY)).locator(".cite").first().tap();
      await parts(page).card.waitFor();
    },
  ],
  ["article", "/documents/e2e-long?s=20&e=40", {}, (page) => page.locator("mark").waitFor()],
];

describe.each([
  ["zh-CN", false],
  ["zh-CN", true],
  ["en", false],
  ["en", true],
] as const)("%s, dark: %s", (lang, dark) => {
  test.each(STATES)("%s", async (_, path, look, act) => {
    const { page, context } = await newPage(browser, { ...look, lang, dark, still: true });
    await page.goto(proxy.url + path);
    await act(page);
    expect(await violations(page)).toEqual([]);
    await context.close();
  });
});

test("axe does look inside: a button without a name is found", async () => {
  const { page, context } = await newPage(browser);
  await page.goto(proxy.url);
  await parts(page).panel.waitFor();
  await page.evaluate(() => {
    const button = document.createElement("button");
    document.querySelector("huawen-chat")?.shadowRoot?.querySelector(".panel")?.append(button);
  });
  expect((await violations(page)).join()).toContain("button-name");
  await context.close();
});
