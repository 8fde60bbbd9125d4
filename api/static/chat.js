// The chat page. Whatever comes from an article goes through textContent, never through markup.

const SAY = {
  zh: {
    about: "每句话都有新闻原文为证；没有依据就说没有。",
    label: "您的问题", hint: "例如：二季度末全国信用卡有多少张？", send: "提问", asking: "查找中…",
    note: "回答只依据已收录的报道，不构成投资或借贷建议。", undated: "日期不详",
    reprints: (names) => `同文见于：${names}`, weak: "（依据不够直接）",
    failed: "没有得到回答", offline: "连不上服务，请检查它是否在运行后再试。",
    source: (n) => `查看来源 ${n}`,
  },
  en: {
    about: "Every sentence is proved by the article's own words; where there is no proof, it says so.",
    label: "Your question", hint: "For example: how many credit cards were there at the end of Q2?",
    send: "Ask", asking: "Searching…",
    note: "Answers come from the collected articles only. This is not financial advice.",
    undated: "undated", reprints: (names) => `Also in: ${names}`, weak: " (indirect evidence)",
    failed: "No answer", offline: "The service cannot be reached. Check that it runs, then try again.",
    source: (n) => `Show source ${n}`,
  },
};
const language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
const say = SAY[language];
const log = document.getElementById("log");
const form = document.getElementById("form");
const box = document.getElementById("question");
const send = document.getElementById("send");

document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
for (const node of document.querySelectorAll("[data-say]")) node.textContent = say[node.dataset.say];
box.placeholder = say.hint;

function element(name, className, text, parent) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text) node.textContent = text;
  parent?.append(node);
  return node;
}

/** The answer's text with each marker `[n]` as a button that leads to source n. */
function drawAnswer(parent, answer, rows) {
  const line = element("p", "answer", "", parent);
  for (const part of answer.answer.split(/(\[\d+\])/)) {
    const number = /^\[(\d+)\]$/.exec(part)?.[1];
    if (number === undefined || !rows.has(Number(number))) {
      line.append(part);
      continue;
    }
    const button = element("button", "", number, line);
    button.type = "button";
    button.setAttribute("aria-label", say.source(number));
    button.addEventListener("click", () => rows.get(Number(number)).focus());
  }
  if (answer.status === "partial") element("span", "around", say.weak, line);
}

function drawSource(list, citation, row) {
  const { document: article } = citation;
  const date = article.published_at ? article.published_at.slice(0, 10) : say.undated;
  row.tabIndex = -1;
  const head = element("p", "head", `[${citation.number}] ${article.publisher} ${date} `, row);
  if (article.url && /^https?:\/\//.test(article.url)) {
    const link = element("a", "", `《${article.title}》`, head);
    link.href = article.url;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  } else {
    head.append(`《${article.title}》`);
  }
  for (const quote of citation.quotes) {
    const block = element("blockquote", "", "", row);
    element("span", "around", quote.prefix ? `…${quote.prefix}` : "", block);
    element("mark", "", quote.text, block);
    element("span", "around", quote.suffix ? `${quote.suffix}…` : "", block);
  }
  if (citation.reprints.length) {
    const names = [...new Set(citation.reprints.map((a) => a.publisher || a.title))].join("、");
    element("p", "head", say.reprints(names), row);
  }
  list.append(row);
}

function draw(card, answer) {
  card.textContent = "";
  const rows = new Map(answer.citations.map((c) => [c.number, document.createElement("li")]));
  drawAnswer(card, answer, rows);
  if (answer.abstention) element("p", "warning", answer.abstention.message, card);
  for (const warning of answer.warnings) element("p", "warning", warning.message, card);
  if (!answer.citations.length) return;
  const list = element("ol", "sources", "", card);
  for (const citation of answer.citations) drawSource(list, citation, rows.get(citation.number));
}

async function ask(question, card) {
  try {
    const reply = await fetch("/v1/ask", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": language },
      body: JSON.stringify({ question }),
    });
    const body = await reply.json();
    if (reply.ok) draw(card, body);
    else card.textContent = `${body.title ?? say.failed}：${body.detail ?? reply.status}`;
  } catch {
    card.textContent = say.offline;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const question = box.value.trim();
  if (!question || send.disabled) return;
  const turn = element("li", "", "", log);
  element("p", "asked", question, turn);
  const card = element("div", "card", say.asking, turn);
  send.disabled = true;
  await ask(question, card);
  send.disabled = false;
  box.value = "";
  box.focus();
  turn.scrollIntoView({ block: "nearest" });
});

box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
