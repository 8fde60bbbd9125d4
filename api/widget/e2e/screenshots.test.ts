// Pictures of the main states, for people to look at; `screenshots/` is not under version control.

import { mkdirSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, type Look, newPage, parts, SERVER, startBrowser, type Watched } from "./support/browser.js";

const FOLDER = process.env["E2E_SCREENSHOTS"] ?? new URL("../screenshots/", import.meta.url).pathname;
const PHONE: Look = { size: { width: 390, height: 844 }, touch: true, scale: 2 };
const MONEY = "示例消费金融公司的贷款余额是多少？";
const CONFLICT = "上市银行信用卡贷款余额加起来是多少万亿元？";

let browser: Browser;
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  browser = await startBrowser();
});
afterAll(() => browser.close());

async function shoot(name: string, path: string, look: Look, act: (watched: Watched) => Promise<void>): Promise<void> {
  const watched = await newPage(browser, { still: true, ...look });
  const { page, context, errors } = watched;
  await page.goto(SERVER + path);
  await act(watched);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
  expect(errors).toEqual([]);
  await context.close();
}

test("page, empty", () =>
  shoot("page", "/", {}, async ({ page }) => {
    await page.locator("huawen-chat .starters button").first().waitFor();
  }));

for (const lang of ["zh-CN", "en"] as const) {
  for (const dark of [false, true]) {
    test(`card open, ${lang}, ${dark ? "dark" : "light"}`, () =>
      shoot(`card-${lang}-${dark ? "dark" : "light"}`, "/", { lang, dark }, async ({ page }) => {
        const last = await ask(page, MONEY);
        await last.locator(".cite").last().click();
        await parts(page).card.waitFor();
      }));
  }
}

test("launcher, closed", () =>
  shoot("launcher", "/demo/strict", {}, async ({ page }) => {
    await parts(page).launcher.waitFor();
  }));

test("panel on another site", () =>
  shoot("panel", "/demo/strict", {}, async ({ page }) => {
    await parts(page).launcher.click();
    const last = await ask(page, "二季度末全国信用卡有多少张？");
    await last.locator("summary").click();
    await last.locator(".actions .icon").last().click();
  }));

test("abstention", () =>
  shoot("abstention", "/", {}, async ({ page }) => {
    await ask(page, "火星上有多少家银行分行？");
  }));

test("sources that disagree", () =>
  shoot("conflict", "/", {}, async ({ page }) => {
    const last = await ask(page, CONFLICT);
    await last.locator("summary").click();
  }));

test("a source that is cut off", () =>
  shoot("truncated", "/", {}, async ({ page }) => {
    const last = await ask(page, "示例农商行的新能源车贷年利率是多少？");
    await last.locator(".cite").first().click();
    await parts(page).card.waitFor();
  }));

test("phone", () =>
  shoot("phone", "/", PHONE, async ({ page }) => {
    await ask(page, "二季度末全国信用卡有多少张？");
  }));

test("phone, card from below", () =>
  shoot("phone-card", "/demo/strict", PHONE, async ({ page }) => {
    await parts(page).launcher.tap();
    const last = await ask(page, MONEY);
    await last.locator(".cite").first().tap();
    await parts(page).card.waitFor();
  }));

test("phone, abstention", () =>
  shoot("phone-abstention", "/", PHONE, async ({ page }) => {
    await ask(page, "火星上有多少家银行分行？");
  }));

test("error", () =>
  shoot("error", "/", {}, async ({ page }) => {
    await page.route("**/v1/ask", (route) => route.abort());
    await ask(page, MONEY);
  }));

test("an article with its passage", () =>
  shoot("article", "/documents/e2e-long?s=20&e=62", {}, async ({ page }) => {
    await page.locator("mark").waitFor();
  }));

test("phone, dark, conversation", () =>
  shoot("phone-dark", "/", { ...PHONE, dark: true }, async ({ page }) => {
    await ask(page, CONFLICT);
  }));
