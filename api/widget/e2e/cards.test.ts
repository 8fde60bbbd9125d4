// Citations: chips, cards, sentences, the list of sources.

import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ask, newPage, parts, SERVER, startBrowser, type Watched } from "./support/browser.js";

const MONEY = "示例消费金融公司的贷款余额和不良贷款率分别是多少？"; // several quotes of one article
const BANKS = "徽商银行和东亚银行各公布了多少家合作机构？"; // several articles

let browser: Browser;
let seen: Watched;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  seen = await newPage(browser);
  await seen.page.goto(SERVER);
});
afterEach(async () => {
  expect(seen.errors).toEqual([]);
  await seen.context.close();
});

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const middle = async (what: Locator): Promise<[number, number]> => {
  const box = await what.boundingBox();
  if (!box) throw new Error("not on screen");
  return [box.x + box.width / 2, box.y + box.height / 2];
};

test("numbers are documents, 1, 2, 3 by first use", async () => {
  const last = await ask(seen.page, BANKS);
  const numbers = (await last.locator(".text .cite").allInnerTexts()).map(Number);
  expect([...new Set(numbers)]).toEqual(Array.from({ length: new Set(numbers).size }, (_, i) => i + 1));
  expect(await last.locator(".sources > ol > li").count()).toBe(new Set(numbers).size);
  const again = await ask(seen.page, MONEY);
  expect(new Set(await again.locator(".text .cite").allInnerTexts())).toEqual(new Set(["1"]));
});

test("a pointer that rests opens the card, may enter it, and closes it by leaving", async () => {
  const { page } = seen;
  const last = await ask(page, MONEY);
  const { card } = parts(page);
  const [x, y] = await middle(last.locator(".cite").first());
  await page.mouse.move(x, y);
  await pause(40);
  await page.mouse.move(0, 0); // passing by is not resting
  await pause(200);
  expect(await card.count()).toBe(0);
  await page.mouse.move(x, y);
  await card.waitFor();
  const [inX, inY] = await middle(card);
  await page.mouse.move(inX, inY, { steps: 8 });
  await pause(400);
  expect(await card.isVisible()).toBe(true);
  await page.mouse.move(5, 5, { steps: 3 });
  await card.waitFor({ state: "detached" });
});

test("a click keeps the card until Escape, a click elsewhere or a second click", async () => {
  const { page } = seen;
  const last = await ask(page, MONEY);
  const { card, log } = parts(page);
  const chip = last.locator(".cite").first();
  await chip.click();
  await page.mouse.move(5, 5);
  await pause(400);
  expect(await card.isVisible()).toBe(true);
  await page.keyboard.press("Escape");
  await card.waitFor({ state: "detached" });
  await chip.click();
  await card.waitFor();
  await chip.click();
  await card.waitFor({ state: "detached" });
  await chip.click();
  await card.waitFor();
  await log.click({ position: { x: 5, y: 300 } });
  await card.waitFor({ state: "detached" });
});

test("an open card lights the sentence that it proves, turn by turn", async () => {
  const { page } = seen;
  const last = await ask(page, MONEY);
  const { card } = parts(page);
  const chips = last.locator(".text .cite");
  const count = await chips.count();
  expect(count).toBeGreaterThan(1);
  await chips.nth(1).click();
  const lit = async (): Promise<string> =>
    (await last.locator(".sentence.lit").allInnerTexts()).join("").replace(/。/g, "");
  const quoted = async (): Promise<string> => (await card.locator("mark").innerText()).replace(/。/g, "");
  expect(await quoted()).toContain(await lit());
  expect(await last.locator(".cite[aria-expanded=true]").count()).toBe(1);
  const before = await lit();
  const all = Number(/\/(\d+)/.exec(await card.locator(".pager").innerText())?.[1]);
  await card.getByLabel(all > 2 ? "下一处引用" : "上一处引用").click();
  expect(await lit()).not.toBe(before);
  expect(await quoted()).toContain(await lit());
});

test("a sentence under the pointer lights its chips", async () => {
  const { page } = seen;
  const last = await ask(page, BANKS);
  const sentences = last.locator(".text .sentence");
  await sentences.first().hover();
  expect(await last.locator(".cite.lit").allInnerTexts()).toEqual(["1"]);
  await page.mouse.move(5, 5);
  expect(await last.locator(".cite.lit").count()).toBe(0);
});

test("the list shows what is cited first, then what else was found", async () => {
  const { page } = seen;
  const last = await ask(page, BANKS);
  await last.locator("summary").click();
  const cited = await last.locator(".sources > ol > li").allInnerTexts();
  const others = await last
    .locator(".sources > ul > li a")
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
  expect(others.length).toBeGreaterThan(1);
  expect(new Set(others).size).toBe(others.length);
  await last.locator(".sources > ol > li .link").first().click();
  const { card } = parts(page);
  await card.waitFor();
  expect(cited[0]).toContain(await card.locator(".card-title").innerText());
});

test("a card stays in the window, and leaves with its chip", async () => {
  const { page } = seen;
  await page.setViewportSize({ width: 760, height: 460 });
  await ask(page, MONEY);
  const last = await ask(page, BANKS);
  const { card, log } = parts(page);
  for (const chip of await last.locator(".text .cite").all()) {
    await chip.scrollIntoViewIfNeeded();
    await chip.click();
    const box = await card.boundingBox();
    expect(box).not.toBeNull();
    if (box) {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.y).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(760);
      expect(box.y + box.height).toBeLessThanOrEqual(460);
    }
    await page.keyboard.press("Escape");
  }
  await last.locator(".text .cite").first().click();
  await card.waitFor();
  await log.evaluate((region) => region.scrollTo(0, 0));
  await card.waitFor({ state: "detached" });
});
