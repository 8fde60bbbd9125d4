// The widget on pages of other sites: strict ones, hostile ones, careless ones.

import { execFileSync } from "node:child_process";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask, newPage, parts, SERVER, startBrowser, type Watched } from "./support/browser.js";
import { pageOf, SCRIPT, type Site, startSite } from "./support/site.js";

const CARDS = "二季度末全国信用卡有多少张？";
const CHAT = `<huawen-chat endpoint="${SERVER}"></huawen-chat>`;
const STRICTEST = `default-src 'none'; script-src ${SERVER}; connect-src ${SERVER}; style-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types lit-html`;

let browser: Browser;
let seen: Watched;
let site: Site | null = null;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
  expect(seen.errors).toEqual([]);
  await seen.context.close();
  await site?.close();
  site = null;
});

async function visit(html: string, policy = ""): Promise<Watched> {
  site = await startSite(html, policy);
  seen = await newPage(browser);
  await seen.page.goto(site.url);
  return seen;
}

/** Ask in the corner of the page, open a card. */
async function use(): Promise<void> {
  const { page } = seen;
  await parts(page).launcher.click();
  const last = await ask(page, CARDS);
  await last.locator(".cite").first().click();
  expect(await parts(page).card.locator("mark").innerText()).toContain("7.15亿张");
}

describe("under the strictest policy that a browser knows", () => {
  test("our own page", async () => {
    seen = await newPage(browser);
    await seen.page.goto(`${SERVER}/demo/strict`);
    await use();
    expect([...seen.hosts]).toEqual([SERVER]);
  });

  test("another site's, with the tag that `huawen widget snippet` prints, hash and all", async () => {
    const [program, ...rest] = JSON.parse(process.env["E2E_HUAWEN"] ?? '["huawen"]') as [string, ...string[]];
    const snippet = execFileSync(program, [...rest, "widget", "snippet", "--url", SERVER], { encoding: "utf8" });
    expect(snippet).toContain('integrity="sha384-');
    const { hosts } = await visit(pageOf(snippet), STRICTEST);
    await use();
    expect([...hosts].sort()).toEqual([SERVER, new URL(site?.url ?? "").origin].sort());
  });

  test("a violation would be seen", async () => {
    const { page, errors } = await visit(pageOf(`${CHAT}${SCRIPT}`), STRICTEST);
    await page.evaluate(() => document.body.setAttribute("style", "color: red"));
    await expect.poll(() => errors.join()).toContain("style-src");
    errors.length = 0;
  });
});

const HOSTILE = [
  "* { all: unset !important }",
  "* { display: none !important } html, body, huawen-chat { display: block !important }",
  "button, textarea, p, details, svg, section, header { display: none !important; visibility: hidden !important }",
  "huawen-chat { position: absolute !important; transform: scale(0.1) !important; opacity: 0 !important; font-size: 90px !important; filter: blur(9px) !important; contain: strict !important; width: 0 !important; height: 0 !important; overflow: hidden !important; direction: rtl !important; color: red !important; pointer-events: none !important; zoom: 3 !important; letter-spacing: 9px !important; clip-path: circle(0) !important; writing-mode: vertical-rl !important; mix-blend-mode: difference !important }",
  ":host { display: none !important } ::part(panel) { } .panel, .card, .log, #live { display: none !important }",
  "* { font: 40px serif !important; line-height: 4 !important; text-transform: uppercase !important; box-sizing: content-box !important; margin: 40px !important }",
];

test.each(HOSTILE)("a page that says %s", async (css) => {
  const { page } = await visit(pageOf(`<h1>别的网站</h1>${CHAT}${SCRIPT}`, `<style>${css}</style>`));
  await use();
  const { panel, launcher } = parts(page);
  const style = await panel.evaluate((node) => {
    const { fontSize, direction, letterSpacing, writingMode } = getComputedStyle(node);
    return { fontSize, direction, letterSpacing, writingMode };
  });
  expect(style).toEqual({ fontSize: "15px", direction: "ltr", letterSpacing: "normal", writingMode: "horizontal-tb" });
  const box = await panel.boundingBox();
  expect(box && [Math.round(box.width), Math.round(box.height)]).toEqual([400, 640]);
  const corner = await launcher.boundingBox();
  expect(corner && [Math.round(corner.x + corner.width), Math.round(corner.y + corner.height)]).toEqual([1260, 780]);
});

test("the demo page with hostile styles", async () => {
  seen = await newPage(browser);
  await seen.page.goto(`${SERVER}/demo`);
  await use();
  expect([...seen.hosts]).toEqual([SERVER]);
});

test("a frame of the chat page on a site of the allow-list, and on no other", async () => {
  const { page } = await visit(pageOf(`<iframe src="${SERVER}/" width="600" height="500"></iframe>`));
  const frame = page.frameLocator("iframe");
  await frame.locator("textarea.ask").fill(CARDS);
  await frame.locator("textarea.ask").press("Enter");
  await frame.locator(".actions").waitFor();
});

describe("careless pages", () => {
  test("two copies of the script", async () => {
    const { page } = await visit(pageOf(`${CHAT}${SCRIPT}${SCRIPT.replace("widget.js", "widget.js?copy")}`));
    await use();
    expect(await page.locator("huawen-chat").count()).toBe(1);
  });

  test("two elements share a script and not a conversation's state", async () => {
    const two = `<huawen-chat id="a" endpoint="${SERVER}" mode="inline" persist="none"></huawen-chat>`;
    const { page } = await visit(pageOf(`${two}${two.replace('"a"', '"b"')}${SCRIPT}`));
    const box = page.locator("#a textarea.ask");
    await box.fill(CARDS);
    await box.press("Enter");
    await page.locator("#a .actions").waitFor();
    expect(await page.locator("#b .you").count()).toBe(0);
  });

  test("the script alone, with data-auto", async () => {
    const auto = SCRIPT.replace("></script>", ' data-auto data-key="" lang="en"></script>');
    const { page } = await visit(pageOf(auto, auto));
    await parts(page).launcher.waitFor();
    expect(await page.locator("huawen-chat").count()).toBe(1);
    expect(await parts(page).launcher.getAttribute("aria-label")).toBe("Open questions and answers");
    await use();
  });

  test("the element is taken out and put back, in an answer and after", async () => {
    const { page } = await visit(pageOf(`<main>${CHAT}</main><aside></aside>${SCRIPT}`));
    await parts(page).launcher.click();
    await ask(page, CARDS);
    const text = await parts(page).last.locator(".text").innerText();
    await page.evaluate(() => {
      const chat = document.querySelector("huawen-chat");
      if (chat) document.querySelector("aside")?.append(chat);
    });
    expect(await parts(page).last.locator(".text").innerText()).toBe(text);
    await parts(page).ask.fill("徽商银行公布了多少家合作机构？");
    await parts(page).ask.press("Enter");
    await page.evaluate(async () => {
      const chat = document.querySelector("huawen-chat");
      chat?.remove();
      await new Promise((done) => setTimeout(done, 300));
      if (chat) document.querySelector("main")?.append(chat);
    });
    await parts(page).last.locator(".stopped, .actions").first().waitFor();
    await ask(page, CARDS);
    await parts(page).last.locator(".cite").first().click();
    await parts(page).card.waitFor();
  });

  test("a page swap puts a new element in the old one's place: the conversation goes on", async () => {
    const { page } = await visit(pageOf(`<main>${CHAT}</main>${SCRIPT}`));
    await parts(page).launcher.click();
    await ask(page, CARDS);
    await page.evaluate(() => {
      const old = document.querySelector("huawen-chat");
      old?.replaceWith(old.cloneNode());
    });
    await parts(page).launcher.click();
    expect(await parts(page).last.locator(".you").innerText()).toContain(CARDS);
  });

  test("a framework that sets everything after insertion", async () => {
    const { page } = await visit(pageOf(SCRIPT));
    await page.evaluate(async (endpoint) => {
      await customElements.whenDefined("huawen-chat");
      const chat = document.createElement("huawen-chat");
      document.body.append(chat);
      await new Promise((done) => requestAnimationFrame(done));
      Object.assign(chat, {
        endpoint,
        persist: "local",
        defaultOpen: true,
        starters: ["自己的问题？"],
        strings: { title: "问一问" },
      });
    }, SERVER);
    expect(await page.locator("huawen-chat .starters").innerText()).toBe("自己的问题？");
    await ask(page, CARDS);
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([1, 0]);
  });

  test("storage that throws", async () => {
    const { page } = await visit(pageOf("…"));
    await page.addInitScript(() => {
      for (const name of ["localStorage", "sessionStorage"]) {
        Object.defineProperty(window, name, {
          get: () => {
            throw new DOMException("denied", "SecurityError");
          },
        });
      }
    });
    await site?.close();
    site = await startSite(pageOf(`${CHAT}${SCRIPT}`));
    await page.goto(site.url);
    await use();
    await page.keyboard.press("Escape");
    await page.getByLabel("清空对话", { exact: true }).click();
    await page.getByRole("button", { name: "清空", exact: true }).click();
    await page.locator("huawen-chat .starters").waitFor();
  });

  test("tokens of the site's own are asked for, and once more when they ran out", async () => {
    const { page } = await visit(pageOf(`${CHAT}${SCRIPT}`));
    await page.evaluate(() => {
      const given: string[] = [];
      Object.assign(window, { given });
      const chat = document.querySelector("huawen-chat") as unknown as { tokenProvider: () => Promise<string> };
      chat.tokenProvider = async () => `hw_st_${given.push("one")}`;
    });
    await parts(page).launcher.click();
    await parts(page).ask.fill(CARDS);
    const rights: (string | undefined)[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") rights.push(request.headers()["authorization"]);
    });
    await parts(page).ask.press("Enter");
    await parts(page).last.locator(".box.danger").waitFor(); // they are no tokens of this service
    expect(rights).toEqual(["Bearer hw_st_1", "Bearer hw_st_2"]);
  });

  test("methods, slots and an inline place", async () => {
    const slots = '<b slot="header">自己的标题</b><p slot="empty">自己的开头</p><i slot="disclaimer">自己的声明</i>';
    const { page } = await visit(
      pageOf(
        `<div id="box"><huawen-chat endpoint="${SERVER}" mode="inline">${slots}</huawen-chat></div>${SCRIPT}`,
        "<style>#box { width: 300px; height: 420px }</style>",
      ),
    );
    expect(await parts(page).panel.boundingBox()).toMatchObject({ width: 300, height: 420 });
    expect(await page.getByText("自己的开头").isVisible()).toBe(true);
    await page
      .locator("huawen-chat")
      .evaluate((chat, question) => (chat as unknown as { ask(q: string): void }).ask(question), CARDS);
    await parts(page).last.locator(".actions").waitFor();
    await parts(page).last.locator(".cite").first().click();
    const box = await parts(page).card.boundingBox(); // a narrow column has its cards from below
    expect(box && Math.round(box.y + box.height)).toBe(800);
  });
});

test("a page that the server does not know is refused in words", async () => {
  site = await startSite(pageOf(`${CHAT}${SCRIPT}`), "", 0);
  seen = await newPage(browser);
  await seen.page.goto(site.url);
  await parts(seen.page).launcher.click();
  await parts(seen.page).ask.fill(CARDS);
  await parts(seen.page).ask.press("Enter");
  await parts(seen.page).last.locator(".box.danger").waitFor();
  seen.errors.length = 0; // the browser's own words on an origin that may not read
});
