// Sizes, colours, zoom: nothing is cut off, nothing is too small to hit.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ask, type Look, newPage, parts, SERVER, startBrowser, type Watched } from "./support/browser.js";

const MONEY = "示例消费金融公司的贷款余额是多少？";

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

async function open(path: string, look: Look): Promise<Page> {
  seen = await newPage(browser, look);
  await seen.page.goto(SERVER + path);
  const { launcher, panel } = parts(seen.page);
  if (path !== "/") await launcher.click();
  await panel.waitFor();
  return seen.page;
}

/** What sticks out of the window or of the panel sideways. */
const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const root = document.querySelector("huawen-chat")?.shadowRoot;
    const found = [...(root?.querySelectorAll<HTMLElement>(".panel *:not(.hidden)") ?? [])].filter((node) => {
      const box = node.getBoundingClientRect();
      return box.width > 0 && (box.right > window.innerWidth + 1 || box.left < -1);
    });
    const log = root?.querySelector(".log");
    const wide = log && log.scrollWidth > log.clientWidth + 1 ? ["log scrolls sideways"] : [];
    return [...found.map((node) => `${node.localName}.${node.className}`), ...wide];
  });

/** Targets under 24 by 24 CSS pixels that are not words in a line of text. */
const tooSmall = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const root = document.querySelector("huawen-chat")?.shadowRoot;
    return [...(root?.querySelectorAll<HTMLElement>("button, textarea, summary, .card footer a") ?? [])]
      .map((node) => ({ node, box: node.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
      .map(({ node, box }) => `${node.className || node.localName} ${box.width} x ${box.height}`);
  });

const VIEWS: [string, string, Look][] = [
  ["a desktop page", "/", {}],
  ["a desktop panel", "/demo/strict", {}],
  ["a phone of 390 x 844", "/demo/strict", { size: { width: 390, height: 844 }, touch: true }],
  ["a phone of 320 x 568", "/demo/strict", { size: { width: 320, height: 568 }, touch: true }],
  ["a window at 200 %", "/demo/strict", { size: { width: 640, height: 400 }, scale: 2 }],
  ["a page at 400 %", "/", { size: { width: 320, height: 256 }, scale: 4 }],
];

test.each(VIEWS)("%s", async (_, path, look) => {
  const page = await open(path, look);
  const last = await ask(page, MONEY);
  await last.locator("summary").click();
  await last.getByLabel("没有帮助").click();
  await last.locator(".feedback").waitFor();
  expect(await tooWide(page)).toEqual([]);
  expect(await tooSmall(page)).toEqual([]);
  await last.locator(".cite").first().scrollIntoViewIfNeeded();
  await last.locator(".cite").first().click();
  const { card } = parts(page);
  await card.waitFor();
  expect(await tooWide(page)).toEqual([]);
  expect(await tooSmall(page)).toEqual([]);
  const box = await card.boundingBox();
  const { innerWidth, innerHeight } = await page.evaluate(() => ({ innerWidth, innerHeight }));
  expect(box && box.x >= 0 && box.y >= 0 && box.x + box.width <= innerWidth && box.y + box.height <= innerHeight).toBe(
    true,
  );
  await card.getByLabel("关闭").click();
  await parts(page).ask.scrollIntoViewIfNeeded();
  expect(await parts(page).ask.isVisible()).toBe(true);
});

test("on a phone the panel fills the window, the card comes from below, nothing zooms", async () => {
  const page = await open("/demo/strict", { size: { width: 390, height: 844 }, touch: true });
  expect(await parts(page).panel.boundingBox()).toEqual({ x: 0, y: 0, width: 390, height: 844 });
  const size = await parts(page).ask.evaluate((area) => Number.parseFloat(getComputedStyle(area).fontSize));
  expect(size).toBeGreaterThanOrEqual(16);
  const last = await ask(page, MONEY);
  await last.locator(".cite").first().tap();
  const box = await parts(page).card.boundingBox();
  expect(box && [box.x, Math.round(box.width), Math.round(box.y + box.height)]).toEqual([0, 390, 844]);
});

const colours = (page: Page): Promise<string[]> =>
  parts(page).panel.evaluate((panel) => [getComputedStyle(panel).backgroundColor, getComputedStyle(panel).color]);

test.each([
  [true, "auto", "rgb(22, 25, 29)"],
  [false, "auto", "rgb(255, 255, 255)"],
  [true, "light", "rgb(255, 255, 255)"],
  [false, "dark", "rgb(22, 25, 29)"],
])("a dark system (%s) with theme %s has the background %s", async (dark, theme, background) => {
  const page = await open("/", { dark });
  await page.locator("huawen-chat").evaluate((chat, value) => chat.setAttribute("theme", value), theme);
  expect((await colours(page))[0]).toBe(background);
});

test("a site's colours and sizes", async () => {
  const page = await open("/demo/strict", {});
  await page.locator("huawen-chat").evaluate((chat) => {
    const { style } = chat as HTMLElement;
    for (const [name, value] of [
      ["bg", "#fff8f0"],
      ["accent", "rgb(120, 20, 90)"],
      ["width", "480px"],
      ["radius", "0px"],
    ]) {
      style.setProperty(`--hw-${name}`, value as string);
    }
  });
  expect((await colours(page))[0]).toBe("rgb(255, 248, 240)");
  expect((await parts(page).panel.boundingBox())?.width).toBe(480);
  expect(await parts(page).send.evaluate((send) => getComputedStyle(send).backgroundColor)).toBe("rgb(120, 20, 90)");
});

test("forced colours keep chips, buttons and marks visible", async () => {
  const page = await open("/", { forced: true });
  const last = await ask(page, MONEY);
  const edge = await last
    .locator(".pill")
    .first()
    .evaluate((pill) => getComputedStyle(pill).borderTopWidth);
  expect(edge).toBe("1px");
  await last.locator(".cite").first().click();
  const mark = await parts(page)
    .card.locator("mark")
    .evaluate((node) => getComputedStyle(node).backgroundColor);
  expect(mark).not.toBe("rgba(0, 0, 0, 0)");
});

test("reduced motion stops every animation", async () => {
  const page = await open("/", { still: true });
  await page.route("**/v1/ask", () => undefined); // an answer that never comes
  await parts(page).ask.fill(MONEY);
  await parts(page).ask.press("Enter");
  const dot = parts(page).last.locator(".dots i").first();
  expect(await dot.evaluate((node) => getComputedStyle(node).animationName)).toBe("none");
});

test("English where the page is English, at once when that changes", async () => {
  const page = await open("/", { lang: "en" });
  expect(await parts(page).send.innerText()).toBe("Send");
  await page.locator("huawen-chat").evaluate((chat) => chat.setAttribute("lang", "zh-HK"));
  await expect.poll(() => parts(page).send.innerText()).toBe("发送");
});
