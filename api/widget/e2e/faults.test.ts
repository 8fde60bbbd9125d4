// Servers and networks that fail: the reader sees a sentence in their language and a way on.

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newPage, parts, startBrowser, type Watched } from "./support/browser.js";
import { type Door, type Fault, startProxy } from "./support/proxy.js";

const QUESTION = "二季度末全国信用卡有多少张？";
const limited = { code: "rate_limited", title: "请求过于频繁", detail: "每分钟最多 30 个问题。", status: 429 };
const busy = { code: "overloaded", title: "服务繁忙", detail: "请稍后再试。", status: 503 };

let browser: Browser;
let proxy: Door;
let seen: Watched;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  proxy = await startProxy();
});
afterEach(async () => {
  expect(seen.errors).toEqual([]);
  await seen.context.close();
  await proxy.close();
});

async function meet(fault: Fault, lang: "zh-CN" | "en" = "zh-CN"): Promise<Watched> {
  seen = await newPage(browser, { lang });
  await seen.page.goto(proxy.url);
  proxy.fault = fault;
  await parts(seen.page).ask.fill(QUESTION);
  await parts(seen.page).ask.press("Enter");
  return seen;
}

const FAULTS: [string, Fault, string, string, number][] = [
  ["hangs up", { kind: "hang up" }, "连不上服务", "The service cannot be reached", 2],
  [
    "cuts the stream before its first event",
    { kind: "cut", before: "answer.created" },
    "连不上服务",
    "The service cannot be reached",
    2,
  ],
  [
    "cuts the stream in an answer",
    { kind: "cut", before: "answer.completed" },
    "回答中断",
    "The answer was cut off",
    1,
  ],
  ["limits", { kind: "refuse", status: 429, body: limited }, "请求过于频繁", "请求过于频繁", 1],
  ["is busy", { kind: "refuse", status: 503, body: busy }, "服务繁忙", "服务繁忙", 1],
  [
    "shows a proxy's page",
    { kind: "refuse", status: 502, body: "<h1>Bad gateway</h1>" },
    "服务的回答无法读取",
    "The service's answer cannot be read",
    1,
  ],
  [
    "talks nonsense",
    { kind: "say", body: "event: answer.delta\ndata: {nonsense\n\n" },
    "服务的回答无法读取",
    "The service's answer cannot be read",
    1,
  ],
  ["ends without an answer", { kind: "say", body: ": nothing\n\n" }, "回答中断", "The answer was cut off", 2],
];

describe.each(FAULTS)("a server that %s", (_, fault, zh, en, questions) => {
  test.each([
    ["zh-CN", zh, "重试"],
    ["en", en, "Try again"],
  ] as const)("is explained in %s, and asked again on request", async (lang, title, retry) => {
    const { page } = await meet(fault, lang);
    const box = parts(page).last.locator(".box.danger[role=alert]");
    await box.waitFor();
    expect(await box.locator("strong").innerText()).toBe(title);
    expect((await box.locator("p").innerText()).length).toBeGreaterThan(5);
    // A browser tries a connection that was kept open once more, by itself.
    expect(proxy.asked.length).toBeGreaterThanOrEqual(questions);
    expect(proxy.asked.length).toBeLessThanOrEqual(fault.kind === "hang up" ? 2 * questions : questions);
    expect(new Set(proxy.asked).size).toBe(1);
    proxy.fault = { kind: "none" };
    await box.getByRole("button", { name: retry }).click();
    await parts(page).last.locator(".actions").waitFor();
    expect(await page.locator("huawen-chat .you").count()).toBe(1);
    expect(await parts(page).last.locator(".text").innerText()).toContain("7.15亿张");
  });
});

test("a cut stream keeps what has been said", async () => {
  const { page } = await meet({ kind: "cut", before: "answer.completed" });
  await parts(page).last.locator(".box.danger").waitFor();
  expect(await parts(page).last.locator(".text").innerText()).toContain("7.15亿张");
});

test("Retry-After is counted down before a retry is offered", async () => {
  const { page } = await meet({ kind: "refuse", status: 429, body: limited, headers: { "Retry-After": "2" } });
  const retry = parts(page).last.locator(".box.danger button");
  expect(await retry.isDisabled()).toBe(true);
  expect(await retry.innerText()).toMatch(/^[12] 秒后可重试$/);
  proxy.fault = { kind: "none" };
  await parts(page).last.getByText("重试", { exact: true }).click();
  await parts(page).last.locator(".actions").waitFor();
});

test("a server that is down, and comes back", async () => {
  const { page } = await meet({ kind: "none" });
  await parts(page).last.locator(".actions").waitFor();
  const { url } = proxy;
  await proxy.close();
  await parts(page).ask.fill("徽商银行公布了多少家合作机构？");
  await parts(page).ask.press("Enter");
  await parts(page).last.getByText("连不上服务").waitFor();
  proxy = await startProxy(Number(new URL(url).port));
  await parts(page).last.getByRole("button", { name: "重试" }).click();
  await parts(page).last.locator(".actions").waitFor();
});

test("an ill-fated feedback and configuration do not break the chat", async () => {
  seen = await newPage(browser);
  const { page } = seen;
  await page.route("**/v1/widget-config", (route) => route.fulfill({ status: 500, body: "oops" }));
  await page.goto(proxy.url);
  await parts(page).ask.fill(QUESTION);
  await parts(page).ask.press("Enter");
  await parts(page).last.locator(".actions").waitFor();
  await page.route("**/v1/feedback", (route) => route.abort());
  await parts(page).last.getByLabel("有帮助", { exact: true }).click();
  await parts(page).last.getByText("反馈没有送达").waitFor();
});
