// How long a reader waits: from Enter to the first sentence on screen, with the answers' own words.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, newPage, parts, SERVER, startBrowser } from "./support/browser.js";

const LIMIT_MS = 150;
const BARE_LIMIT_MS = 100; // within which a machine counts as one that nobody else keeps busy
const FRAMES_MS = 50; // three frames
const SUBJECTS = [
  "二季度末全国信用卡有多少张",
  "助贷新规什么时候施行",
  "徽商银行公布了多少家合作机构",
  "东亚银行披露了几家助贷机构",
  "支付宝的理财内容用户有多少",
  "移动支付的渗透率是多少",
  "上海银行的平台类贷款是多少",
  "青岛银行的互联网贷款余额是多少",
  "网商银行服务了多少小微客户",
  "中国银行停发了多少款联名卡",
  "招商银行经典白金卡的年费怎么改",
  "95后更喜欢用什么",
  "信用卡通知规定了什么",
  "超过多少家信用卡分中心关门",
  "年轻人手里有几张信用卡",
];

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

const median = (all: number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] as number;

type Timed = typeof globalThis & { waits: number[]; bare: number[] };

/** Write down, for every Enter, how long it takes until a frame shows a sentence. */
function watchEnter(): void {
  const root = document.querySelector("huawen-chat")?.shadowRoot as ShadowRoot;
  const waits: number[] = [];
  Object.assign(window, { waits, bare: [] });
  const onKey = (event: Event): void => {
    if ((event as KeyboardEvent).key !== "Enter") return;
    const start = performance.now();
    const before = root.querySelectorAll(".log > ol > li").length;
    const look = (): void => {
      const turn = root.querySelectorAll(".log > ol > li")[before];
      if (!turn?.querySelector(".text .sentence, .box")?.textContent) requestAnimationFrame(look);
      else setTimeout(() => waits.push(performance.now() - start)); // this frame is painted by then
    };
    look();
  };
  root.addEventListener("keydown", onKey, { capture: true });
}

/** A question as the shortest script would ask it: the first bytes of an answer as plain text in the page. */
async function askBare(question: string): Promise<void> {
  const start = performance.now();
  const response = await fetch("/v1/ask", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ question, stream: true }),
  });
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; !text.includes("answer.delta"); ) {
    const { done, value } = await reader.read();
    if (done) throw new Error("no sentence came");
    text += value;
  }
  const line = document.createElement("p");
  line.textContent = question;
  document.body.append(line);
  const painted = (done: () => void): number => requestAnimationFrame(() => setTimeout(done));
  await new Promise<void>((done) => requestAnimationFrame(() => painted(done)));
  (window as unknown as Timed).bare.push(performance.now() - start);
  line.remove();
  while (!(await reader.read()).done);
}

test("first sentence", { timeout: 180_000 }, async () => {
  const { page, context } = await newPage(browser, { still: true });
  await page.goto(SERVER);
  await parts(page).ask.waitFor();
  await page.evaluate(watchEnter);
  for (const subject of SUBJECTS) {
    await page.evaluate(askBare, `${subject}呢？`); // other words: no answer is asked for twice
    await ask(page, `${subject}？`);
    await page.locator("huawen-chat").evaluate((chat) => (chat as unknown as { clear(): void }).clear());
  }
  const { waits, bare } = await page.evaluate(() => {
    const { waits, bare } = window as unknown as Timed;
    return { waits, bare };
  });
  await context.close();
  expect(waits).toHaveLength(SUBJECTS.length);
  const [shown, arrived] = [median(waits), median(bare)];
  console.log(
    `Enter to the first sentence on screen: median ${shown.toFixed(0)} ms of ${waits.length}; ` +
      `a bare script shows it after ${arrived.toFixed(0)} ms`,
  );
  // Where others keep the machine busy both grow: there the widget may cost little beside the shortest script.
  expect(shown).toBeLessThan(arrived < BARE_LIMIT_MS ? LIMIT_MS : 1.6 * arrived + FRAMES_MS);
});
