// A conversation from the question to the source, as a reader has it.

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, newPage, parts, SERVER, startBrowser, type Watched } from "./support/browser.js";
import { type Door, startProxy } from "./support/proxy.js";

const CARDS = "二季度末全国信用卡有多少张？";
const MONEY = "示例消费金融公司的贷款余额和不良贷款率分别是多少？";
const NOWHERE = "火星上有多少家银行分行？";

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
  expect([...seen.hosts]).toEqual([SERVER]);
  await seen.context.close();
});

test("from the question over chip and card to the marked sentence", async () => {
  const { page, context } = seen;
  const last = await ask(page, MONEY);
  expect(await last.locator(".text").innerText()).toContain("123456789012.34元");
  const chip = last.locator(".cite").first();
  expect(await chip.getAttribute("aria-label")).toMatch(/^来源 1：示例财经，2025年9月20日，《示例消费金融公司披露/);
  await chip.click();
  const { card } = parts(page);
  expect(await chip.getAttribute("aria-expanded")).toBe("true");
  const quote = await card.locator("mark").innerText();
  expect(quote).toContain("123456789012.34元");
  expect(await card.locator("blockquote").innerText()).toMatch(/^….+公司在册|^….+比年初/);
  expect(await card.innerText()).toContain("2025年9月20日 09:30");
  const [source] = await Promise.all([context.waitForEvent("page"), card.getByText("查看原句").click()]);
  await source.waitForLoadState();
  expect(await source.locator("mark").innerText()).toBe(quote);
  expect(await source.locator("mark").evaluate((mark) => mark.getBoundingClientRect().top < window.innerHeight)).toBe(
    true,
  );
  expect(await card.getByText("打开原文").getAttribute("href")).toBe(
    `https://news.example.com/a-b/20250920.html?id=7#:~:text=${encodeURIComponent(quote)}`,
  );
  expect(await card.getByText("打开原文").getAttribute("rel")).toBe("noopener noreferrer nofollow");
});

test("starters, answer, follow-ups", async () => {
  const { page } = seen;
  await page.locator("huawen-chat .starters button").first().click();
  const { last } = parts(page);
  await last.locator("article[aria-busy=false]").waitFor();
  const followUps = last.locator(".follow-ups button");
  expect(await followUps.count()).toBe(3);
  const next = await followUps.first().innerText();
  await followUps.first().click();
  await page.locator("huawen-chat .log li .you").nth(1).waitFor();
  expect(await page.locator("huawen-chat .you").nth(1).innerText()).toContain(next);
  await last.locator("article[aria-busy=false]").waitFor();
  expect(await page.locator("huawen-chat .follow-ups").count()).toBe(1);
});

test("an abstention is a card of its own with the nearest articles", async () => {
  const last = await ask(seen.page, NOWHERE);
  const box = last.locator(".box.abstained");
  expect(await box.locator("strong").innerText()).toBe("未在新闻库中找到可靠依据");
  expect(await box.locator(".near a").count()).toBe(3);
  expect(await box.locator(".near a").first().getAttribute("href")).toMatch(
    /^http.+\/documents\/sample-\d+\?s=\d+&e=\d+#mark$/,
  );
  expect(await last.locator(".box.danger").count()).toBe(0);
});

test("a time range that finds nothing can be widened", async () => {
  const { page } = seen;
  await page.locator("huawen-chat").evaluate((chat) => {
    (chat as unknown as { filters: object }).filters = { published_after: "2026-01-01T00:00:00+08:00" };
  });
  const last = await ask(page, CARDS);
  await last.getByText("放宽时间范围").click();
  await parts(page).last.locator(".cite").first().waitFor();
  expect(await parts(page).last.locator(".text").innerText()).toContain("7.15亿张");
});

test("sources that disagree are said to, above the answer", async () => {
  const last = await ask(seen.page, "上市银行信用卡贷款余额加起来是多少万亿元？");
  expect(await last.locator(".box.warn strong").innerText()).toBe("来源说法不一");
  const above = await last.evaluate((turn) => {
    const [box, text] = [turn.querySelector(".box.warn"), turn.querySelector(".text")];
    return Boolean(box && text && box.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING);
  });
  expect(above).toBe(true);
});

test("a source that is cut off is said to be, in the answer, in the list and on the card", async () => {
  const last = await ask(seen.page, "示例农商行的新能源车贷年利率是多少？");
  expect(await last.locator(".notices").innerText()).toContain("原文不完整");
  await last.locator("summary").click();
  expect(await last.locator(".sources li").first().innerText()).toContain("原文不完整");
  await last.locator(".cite").first().click();
  expect(await parts(seen.page).card.locator(".tag").innerText()).toBe("原文不完整");
});

test("reprints are one source", async () => {
  const last = await ask(seen.page, CARDS);
  await last.locator("summary").click();
  expect(await last.locator(".sources ol li").first().innerText()).toContain("另有1家转载：花问示例转载");
  expect(await last.locator(".as-of").innerText()).toMatch(/^资料截至 2025年9月\d+日$/);
});

describe("feedback", () => {
  test("good", async () => {
    const last = await ask(seen.page, CARDS);
    const [sent] = await Promise.all([
      seen.page.waitForResponse("**/v1/feedback"),
      last.getByLabel("有帮助", { exact: true }).click(),
    ]);
    expect(sent.status()).toBe(201);
    await last.getByText("已收到您的反馈").waitFor();
    expect(await last.getByLabel("有帮助", { exact: true }).getAttribute("aria-pressed")).toBe("true");
  });

  test("bad, with reasons and a comment, and then good after all", async () => {
    const last = await ask(seen.page, CARDS);
    await last.getByLabel("没有帮助").click();
    await last.getByText("已过时").click();
    await last.getByText("不完整").click();
    await last.locator(".feedback textarea").fill("缺少三季度");
    const [request] = await Promise.all([
      seen.page.waitForRequest("**/v1/feedback"),
      last.getByText("提交反馈").click(),
    ]);
    expect(request.postDataJSON()).toMatchObject({
      rating: "down",
      reasons: ["outdated", "incomplete"],
      comment: "缺少三季度",
    });
    await last.locator(".feedback").waitFor({ state: "detached" });
    const [again] = await Promise.all([
      seen.page.waitForResponse("**/v1/feedback"),
      last.getByLabel("有帮助", { exact: true }).click(),
    ]);
    expect(again.ok()).toBe(true);
  });
});

test("copy gives the answer with its sources, as text and as markup", async () => {
  const { page, context } = seen;
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const last = await ask(page, MONEY);
  await last.getByLabel("复制回答").click();
  await last.getByText("已复制").waitFor();
  const [text, html] = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const read = async (type: string): Promise<string> => (await item?.getType(type))?.text() ?? "";
    return [await read("text/plain"), await read("text/html")];
  });
  expect(text).toMatch(
    /4\.5%\[1\]。[\s\S]+\n\n参考来源\n\[1\] 示例财经，2025年9月20日，《.+》，https:\/\/news\.example\.com/,
  );
  expect(html).toContain("<p>");
  await last.locator(".cite").first().click();
  await parts(page).card.getByText("复制引用").click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^示例财经，2025年9月20日，《/);
});

test("Enter that ends a word of an input method sends nothing", async () => {
  const { page } = seen;
  const { ask: box } = parts(page);
  await box.focus();
  const session = await page.context().newCDPSession(page);
  await session.send("Input.imeSetComposition", { text: "xin yong ka", selectionStart: 11, selectionEnd: 11 });
  await page.keyboard.down("Enter"); // what the browser reports while a word is composed
  await box.evaluate((area) => {
    const more = { key: "Enter", bubbles: true, cancelable: true };
    area.dispatchEvent(new KeyboardEvent("keydown", { ...more, isComposing: true }));
    area.dispatchEvent(new KeyboardEvent("keydown", { ...more, keyCode: 229 } as KeyboardEventInit));
  });
  await page.keyboard.up("Enter");
  await session.send("Input.insertText", { text: "信用卡有多少张？" });
  expect(await page.locator("huawen-chat .log li .you").count()).toBe(0);
  expect(await box.inputValue()).toContain("信用卡有多少张？");
  await box.fill(CARDS);
  await box.press("Shift+Enter");
  expect(await box.inputValue()).toBe(`${CARDS}\n`);
  await box.press("Enter");
  await parts(page).last.locator("article[aria-busy=false]").waitFor();
});

test("a conversation outlives a reload, and not its clearing", async () => {
  const { page } = seen;
  await ask(page, CARDS);
  const text = await parts(page).last.locator(".text").innerText();
  await page.reload();
  expect(await parts(page).last.locator(".text").innerText()).toBe(text);
  await parts(page).last.locator(".cite").first().click(); // its cards, too
  await parts(page).card.waitFor();
  await page.keyboard.press("Escape");
  await page.getByLabel("清空对话", { exact: true }).click();
  await page.getByText("保留").click();
  expect(await page.locator("huawen-chat .you").count()).toBe(1);
  await page.getByLabel("清空对话", { exact: true }).click();
  await page.getByRole("button", { name: "清空", exact: true }).click();
  await page.locator("huawen-chat .starters").waitFor();
  await page.reload();
  await page.locator("huawen-chat .starters").waitFor();
  expect(await page.evaluate(() => sessionStorage.length + localStorage.length)).toBe(0);
});

test("a question that is too long is not cut in silence", async () => {
  const { page } = seen;
  const { ask: box, send } = parts(page);
  await box.fill("问".repeat(2001));
  expect(await page.locator("huawen-chat .limit").innerText()).toBe("问题太长：最多 2000 个字。");
  expect(await send.isDisabled()).toBe(true);
  await box.press("Enter");
  expect(await page.locator("huawen-chat .you").count()).toBe(0);
  await box.fill("😀".repeat(2000)); // code points, as the service counts
  expect(await send.isDisabled()).toBe(false);
});

test("who reads further up is not pulled down", async () => {
  const { page } = seen;
  await page.setViewportSize({ width: 800, height: 420 });
  for (const question of [MONEY, CARDS, MONEY]) await ask(page, question);
  const { log } = parts(page);
  await log.evaluate((box) => box.scrollTo(0, 0));
  const newer = page.getByText("新内容");
  await newer.waitFor();
  await newer.click();
  await expect.poll(() => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight)).toBeLessThan(2);
  await newer.waitFor({ state: "detached" });
});

test("events tell the site what happens", async () => {
  const { page } = seen;
  await page.evaluate(() => {
    const told: [string, unknown][] = [];
    (window as unknown as { told: unknown }).told = told;
    for (const name of ["ask", "answer", "citation-open", "error"]) {
      document.addEventListener(`huawen-${name}`, (event) =>
        told.push([name, JSON.parse(JSON.stringify((event as CustomEvent).detail))]),
      );
    }
  });
  const last = await ask(page, MONEY);
  await last.locator(".cite").first().click();
  const told = await page.evaluate(() => (window as unknown as { told: [string, Record<string, unknown>][] }).told);
  expect(told.map(([name]) => name)).toEqual(["ask", "answer", "citation-open"]);
  expect(told[2]?.[1]).toEqual({ number: 1, document_id: "e2e-long" });
});

describe("an answer that takes its time", () => {
  let proxy: Door;
  let own: Watched;
  beforeEach(async () => {
    proxy = await startProxy();
    own = await newPage(browser);
    await own.page.goto(proxy.url);
  });
  afterEach(async () => {
    expect(own.errors).toEqual([]);
    await own.context.close();
    await proxy.close();
  });

  test("is stopped; what came stays, and can be asked again", async () => {
    const { page } = own;
    const { ask: box, send, last } = parts(page);
    proxy.fault = { kind: "slow", before: "answer.completed", ms: 20_000 };
    const place = await send.boundingBox();
    await box.fill(CARDS);
    await box.press("Enter");
    await last.locator(".text p").waitFor();
    expect(await send.innerText()).toBe("停止");
    expect(await send.boundingBox()).toEqual(place); // same button, same place
    await box.fill("下一个问题");
    await box.press("Enter"); // does not send while an answer comes
    expect(await page.locator("huawen-chat .you").count()).toBe(1);
    await send.click();
    await last.getByText("已停止").waitFor();
    expect(await last.locator(".text").innerText()).toContain("7.15亿张");
    expect(await box.inputValue()).toBe("下一个问题");
    expect(await send.innerText()).toBe("发送");
    proxy.fault = { kind: "none" };
    await last.getByText("重新提问").click();
    await last.locator(".actions").waitFor();
    expect(await page.locator("huawen-chat .you").count()).toBe(1);
  });

  test("is kept as stopped over a reload", async () => {
    const { page } = own;
    proxy.fault = { kind: "slow", before: "answer.citation", ms: 20_000 };
    await parts(page).ask.fill(CARDS);
    await parts(page).ask.press("Enter");
    await parts(page).last.locator(".stage").waitFor();
    await page.reload();
    expect(await parts(page).last.innerText()).toContain("已停止");
  });

  test("says that it is slow", async () => {
    const { page } = own;
    proxy.fault = { kind: "slow", before: "answer.status", ms: 20_000 };
    await parts(page).ask.fill(CARDS);
    await parts(page).ask.press("Enter");
    expect(await parts(page).last.locator(".stage").innerText()).toBe("正在检索…");
    await parts(page).last.getByText("服务响应较慢").waitFor({ timeout: 12_000 });
    await parts(page).send.click();
    await parts(page).last.getByText("已停止").waitFor();
    expect(await parts(page).last.innerText()).not.toContain("服务响应较慢");
  });
});
