// Answers that no server of ours would give: text stays text, and the page stays whole.

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { newPage, parts, startBrowser, type Watched } from "./support/browser.js";
import { type Door, startProxy, stream } from "./support/proxy.js";

let browser: Browser;
let proxy: Door;
let seen: Watched;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  proxy = await startProxy();
  seen = await newPage(browser, { size: { width: 390, height: 844 } });
});
afterEach(async () => {
  expect(seen.errors).toEqual([]);
  expect([...seen.hosts]).toEqual([proxy.url]);
  await seen.context.close();
  await proxy.close();
});

/** A whole answer that says, quotes and links `bad` wherever text can stand. */
function answerOf(bad: string, url = "javascript:alert(1)"): string {
  const article = {
    id: bad.slice(0, 60),
    title: bad,
    publisher: bad,
    published_at: "not a date",
    url,
    truncated: true,
  };
  const text = `${bad}[1]。`;
  const sentence = { index: 0, text, start: 0, end: [...text].length, citations: [1], support: "supported" };
  const quote = { id: "q", text: bad, start: 0, end: 5, prefix: bad, suffix: bad, sentence_indexes: [0] };
  const citation = { number: 1, document: article, quotes: [quote, quote], reprints: [article] };
  const source = { number: null, document_id: "x", cited: false, start: 0, end: 9, document: { ...article, id: "x" } };
  const answer = {
    id: "ans_1",
    question: bad,
    rewritten_question: bad,
    language: "zh-CN",
    status: "answered",
    abstention: null,
    answer: text,
    sentences: [sentence],
    citations: [citation],
    sources: [source],
    follow_ups: [bad],
    as_of: "not a date",
    warnings: [
      { code: "conflicting_sources", message: bad },
      { code: bad, message: bad },
    ],
  };
  return stream([
    ["answer.created", { id: "ans_1" }],
    ["answer.status", { stage: "generating", found: bad }],
    ["answer.citation", { citation }],
    ["answer.delta", { text }],
    ["answer.sentence", { sentence }],
    ["answer.completed", { answer }],
  ]);
}

const LONG = "万".repeat(1000) + "W".repeat(2000);
const BAD: [string, string][] = [
  ["a script", "<script>document.title='broken'</script>"],
  ["an image that fails", "<img src=x onerror=\"document.title='broken'\">"],
  ["a link to a script", "[点我](javascript:alert(1)) [再点](data:text/html,<script>1</script>)"],
  ["template marks", "${document.title='broken'} {{1}} <!--?lit$1$--> <?lit?>"],
  ["a word of 2,000 letters", LONG],
  ["marks that turn the writing", "\u202e倒着写\u2067再倒\u200f的字"],
  ["Markdown that does not close", "**粗体 `代码 [链接](https://a.example/ [1 ```\n```\n没有结束"],
  ["a table that does not fit", `| ${"甲 | ".repeat(40)}\n|${"---|".repeat(40)}\n| ${"9999999999 | ".repeat(40)}`],
  ["nested lists and quotes", `${"> ".repeat(50)}深\n${"  - 项\n".repeat(50)}`],
  ["control characters", "零\u0000一\u0007二\u001b[31m三\ud800四\ufffe"],
  ["a style", "<style>*{display:none}</style><link rel=stylesheet href=//evil.example>"],
];

test.each(BAD)("%s", async (_, bad) => {
  const { page } = seen;
  await page.goto(proxy.url);
  const title = await page.title();
  proxy.fault = { kind: "say", body: answerOf(bad) };
  await parts(page).ask.fill("问");
  await parts(page).ask.press("Enter");
  const { last, card, log } = parts(page);
  await last.locator(".actions").waitFor();
  await last.locator("summary").click();
  if (await last.locator("button.cite").count()) {
    await last.locator("button.cite").first().click();
    await card.waitFor();
  }
  expect(await page.title()).toBe(title);
  const inside = await page.evaluate(() => {
    const root = document.querySelector("huawen-chat")?.shadowRoot;
    const links = [...(root?.querySelectorAll("a") ?? [])].map((link) => new URL(link.href).protocol);
    return { links, made: root?.querySelectorAll("script, style, link, img, iframe, object").length };
  });
  expect(inside.links.every((protocol) => /^https?:$/.test(protocol))).toBe(true);
  expect(inside.made).toBe(0);
  expect(await log.evaluate((box) => box.scrollWidth <= box.clientWidth + 1)).toBe(true);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  await page.reload(); // and from the browser's storage once more
  await last.locator(".actions").waitFor();
  expect(await page.title()).toBe(title);
});

test("marks that turn the writing are not shown, and turn nothing around them", async () => {
  const { page } = seen;
  await page.goto(proxy.url);
  proxy.fault = { kind: "say", body: answerOf("\u202e甲乙丙") };
  await parts(page).ask.fill("问");
  await parts(page).ask.press("Enter");
  await parts(page).last.locator(".actions").waitFor();
  expect(
    await parts(page)
      .last.locator(".text")
      .evaluate((node) => node.textContent),
  ).not.toMatch(/[\u202a-\u202e]/);
  const [text, chip] = await Promise.all([
    parts(page).last.locator(".sentence").first().boundingBox(),
    parts(page).last.locator(".cite").first().boundingBox(),
  ]);
  expect((chip?.x ?? 0) > (text?.x ?? 0)).toBe(true);
});

test.each([
  ["no answer object", stream([["answer.completed", {}]])],
  [
    "an answer without its lists",
    stream([["answer.completed", { answer: { id: "a", answer: "甲", status: "answered" } }]]),
  ],
  [
    "lists of the wrong things",
    stream([
      [
        "answer.completed",
        {
          answer: {
            id: "a",
            answer: "甲[1]",
            status: "answered",
            sentences: [null, 5],
            citations: [{}, null],
            sources: "x",
            warnings: 7,
            follow_ups: {},
          },
        },
      ],
    ]),
  ],
  [
    "numbers for text",
    stream([
      ["answer.delta", { text: 5 }],
      ["answer.sentence", { sentence: 5 }],
      ["answer.citation", { citation: null }],
      ["answer.completed", { answer: 5 }],
    ]),
  ],
])("%s is said to be unreadable, and can be asked again", async (_, body) => {
  const { page } = seen;
  await page.goto(proxy.url);
  proxy.fault = { kind: "say", body };
  await parts(page).ask.fill("二季度末全国信用卡有多少张？");
  await parts(page).ask.press("Enter");
  await parts(page).last.getByText("服务的回答无法读取").waitFor();
  proxy.fault = { kind: "none" };
  await parts(page).last.getByRole("button", { name: "重试" }).click();
  await parts(page).last.locator(".actions").waitFor();
});
