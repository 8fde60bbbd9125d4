// Everything with a keyboard alone.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, type Look, newPage, parts, SERVER, startBrowser, type Watched } from "./support/browser.js";

const MONEY = "示例消费金融公司的贷款余额和不良贷款率分别是多少？";
const PHONE: Look = { size: { width: 390, height: 844 }, touch: true };

let browser: Browser;
let seen: Watched;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
  expect(seen.errors).toEqual([]);
  await seen.context.close();
});

/** What has the focus, inside the widget: its name, else its class. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const active = document.querySelector("huawen-chat")?.shadowRoot?.activeElement;
    return active?.getAttribute("aria-label") || active?.textContent?.trim().slice(0, 30) || active?.id || "";
  });
const focusedIs = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate(
    (css) => Boolean(document.querySelector("huawen-chat")?.shadowRoot?.activeElement?.matches(css)),
    selector,
  );

async function tabTo(page: Page, selector: string, key = "Tab"): Promise<void> {
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press(key);
    if (await focusedIs(page, selector)) return;
  }
  throw new Error(`${selector} cannot be reached with ${key}`);
}

describe("in the corner of a page", () => {
  beforeEach(async () => {
    seen = await newPage(browser);
    await seen.page.goto(`${SERVER}/demo/strict`);
    await parts(seen.page).launcher.waitFor();
  });

  test("open, ask, read a source, rate, clear, close", async () => {
    const { page } = seen;
    const { card, last, panel } = parts(page);
    await tabTo(page, ".launcher");
    expect(await focused(page)).toBe("打开问答");
    await page.keyboard.press("Enter");
    await panel.waitFor();
    expect(await focusedIs(page, ".ask")).toBe(true);
    await page.keyboard.type(MONEY);
    await page.keyboard.press("Enter");
    await last.locator("article[aria-busy=false]").waitFor();
    expect(await focusedIs(page, ".ask")).toBe(true);

    await tabTo(page, ".cite", "Shift+Tab");
    expect(await card.count()).toBe(0); // focus alone opens nothing
    await page.keyboard.press("Enter");
    await card.waitFor();
    expect(await focusedIs(page, ".card-title a")).toBe(true);
    await page.keyboard.press("Escape");
    await card.waitFor({ state: "detached" });
    expect(await focusedIs(page, ".cite")).toBe(true);
    await page.keyboard.press("Space");
    await card.waitFor();
    await tabTo(page, ".card .pager [aria-disabled=false]");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    expect(await focusedIs(page, ".cite")).toBe(true);
    expect(await panel.isVisible()).toBe(true); // the first Escape was the card's

    await tabTo(page, "summary");
    await page.keyboard.press("Enter");
    await tabTo(page, ".sources .link");
    await tabTo(page, "[aria-label='没有帮助']");
    await page.keyboard.press("Enter");
    await tabTo(page, ".feedback .chip");
    await page.keyboard.press("Space");
    await tabTo(page, ".feedback .primary");
    await page.keyboard.press("Enter");
    await last.locator(".feedback").waitFor({ state: "detached" });
    expect(await focused(page)).not.toBe(""); // the form is gone, the focus is not

    await tabTo(page, "[aria-label='清空对话']", "Shift+Tab");
    await page.keyboard.press("Enter");
    await tabTo(page, ".ask-clear .chip");
    await page.keyboard.press("Enter");
    await page.locator("huawen-chat .starters").waitFor();
    expect(await focusedIs(page, ".ask")).toBe(true);
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    expect(await focusedIs(page, ".launcher")).toBe(true);
  });

  test("Escape that ends a composition closes nothing", async () => {
    const { page } = seen;
    await parts(page).launcher.click();
    await parts(page).ask.evaluate((area) => {
      area.dispatchEvent(
        new KeyboardEvent("keydown", { key: "Escape", bubbles: true, composed: true, isComposing: true }),
      );
    });
    expect(await parts(page).panel.isVisible()).toBe(true);
  });

  test("the focus that leaves a card closes it", async () => {
    const { page } = seen;
    await parts(page).launcher.click();
    const last = await ask(page, MONEY);
    await last.locator(".cite").first().press("Enter");
    const { card } = parts(page);
    await card.waitFor();
    await tabTo(page, ".card [aria-label='关闭']");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await card.waitFor({ state: "detached" });
  });

  test("a hotkey opens it, and is a letter where somebody types", async () => {
    const { page } = seen;
    await page.locator("huawen-chat").evaluate((chat) => chat.setAttribute("hotkey", "/"));
    await page.keyboard.press("/");
    await parts(page).panel.waitFor();
    await page.keyboard.press("/");
    expect(await parts(page).ask.inputValue()).toBe("/");
  });
});

describe("over a whole phone", () => {
  beforeEach(async () => {
    seen = await newPage(browser, PHONE);
    await seen.page.goto(`${SERVER}/demo/strict`);
    await parts(seen.page).launcher.tap();
    await parts(seen.page).panel.waitFor();
  });

  test("the panel is modal: Tab stays in it", async () => {
    const { page } = seen;
    await ask(page, MONEY);
    expect(await parts(page).panel.getAttribute("aria-modal")).toBe("true");
    const names = new Set<string>();
    for (let i = 0; i < 40; i += 1) {
      await page.keyboard.press("Tab");
      const name = await focused(page);
      expect(name).not.toBe("");
      names.add(name);
    }
    expect([...names]).toContain("关闭");
    expect([...names]).toContain("清空对话");
    expect(await page.evaluate(() => document.activeElement?.localName)).toBe("huawen-chat");
  });
});

test("what a screen reader is told of an answer: whole sentences, once each", async () => {
  seen = await newPage(browser);
  const { page } = seen;
  await page.goto(SERVER);
  const last = await ask(page, MONEY);
  const said = await page.locator("huawen-chat #live p").allInnerTexts();
  const text = (await last.locator(".text").evaluate((node) => node.textContent ?? ""))
    .replace(/\s/g, "")
    .replace(/1(?=。)/g, "");
  expect(said.filter((line) => line.includes("。")).join("")).toBe(text);
  expect(await page.locator("huawen-chat #live").getAttribute("aria-live")).toBe("polite");
  expect(await last.locator("[aria-live]").count()).toBe(0);
});
