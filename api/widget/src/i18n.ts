// Every text of the widget. A site may replace any of them with the property `strings`.

const zh = {
  title: "花问",
  intro: "回答取自已收录的新闻，每句话都标明出处；没有依据时会直说。",
  open: "打开问答",
  close: "关闭",
  clear: "清空对话",
  clearAsk: "清空全部对话？",
  yes: "清空",
  no: "保留",
  log: "对话",
  question: "您的问题",
  placeholder: "问支付宝、信用卡或贷款监管",
  send: "发送",
  stop: "停止",
  stopped: "已停止",
  again: "重新提问",
  retry: "重试",
  retryIn: "{n} 秒后可重试",
  you: "您的提问",
  answerN: "回答 {n}",
  rewriting: "正在理解问题…",
  retrieving: "正在检索…",
  found: "找到 {n} 段报道，正在核对引用…",
  generating: "正在核对引用…",
  slow: "服务响应较慢，可以继续等待，也可以停止后重试。",
  source: "来源 {n}：{about}",
  sources: "参考来源（{n}）",
  otherSources: "其他检索结果",
  nearest: "最接近的报道",
  quoteOf: "第 {n}/{all} 处引用",
  previous: "上一处引用",
  next: "下一处引用",
  original: "打开原文",
  here: "查看原句",
  undated: "日期不详",
  unknown: "来源不详",
  reprints: "另有{n}家转载",
  truncated: "原文不完整",
  asOf: "资料截至 {day}",
  asked: "按“{question}”检索",
  abstained: "未在新闻库中找到可靠依据",
  widen: "放宽时间范围",
  conflict: "来源说法不一",
  table: "表格",
  unsupported: "未找到直接依据",
  copy: "复制回答",
  copyCitation: "复制引用",
  copied: "已复制",
  copyFailed: "浏览器不允许复制，请手动选中文字。",
  good: "有帮助",
  bad: "没有帮助",
  thanks: "已收到您的反馈",
  whatWrong: "哪里不对？",
  comment: "补充说明（可不填）",
  sendFeedback: "提交反馈",
  feedbackFailed: "反馈没有送达，请再试一次。",
  newer: "新内容",
  followUps: "继续问",
  starters: "可以这样问",
  offlineTitle: "连不上服务",
  offlineDetail: "请检查网络，稍后再试。",
  brokenTitle: "回答中断",
  brokenDetail: "连接在回答完成前断开了，请重试。",
  silentTitle: "服务没有响应",
  silentDetail: "等待太久，已停止。请稍后重试。",
  oddTitle: "服务的回答无法读取",
  oddDetail: "请稍后再试；若一直如此，请告诉网站管理员。",
  tooLong: "问题太长：最多 {n} 个字。",
  sourceList: "参考来源",
  daysAgo: "{n} 天前",
  today: "今天",
};

export type Strings = typeof zh;

const en: Strings = {
  title: "huawen",
  intro: "Answers come from collected news, every sentence with its source; where there is no evidence, that is said.",
  open: "Open questions and answers",
  close: "Close",
  clear: "Clear conversation",
  clearAsk: "Clear the whole conversation?",
  yes: "Clear",
  no: "Keep",
  log: "Conversation",
  question: "Your question",
  placeholder: "Ask about Alipay, cards or loans",
  send: "Send",
  stop: "Stop",
  stopped: "Stopped",
  again: "Ask again",
  retry: "Try again",
  retryIn: "Try again in {n} s",
  you: "You asked",
  answerN: "Answer {n}",
  rewriting: "Understanding the question…",
  retrieving: "Searching…",
  found: "{n} passages found, checking citations…",
  generating: "Checking citations…",
  slow: "The service is slow. You may wait, or stop and try again.",
  source: "Source {n}: {about}",
  sources: "Sources ({n})",
  otherSources: "Other search results",
  nearest: "Closest articles",
  quoteOf: "Quote {n} of {all}",
  previous: "Previous quote",
  next: "Next quote",
  original: "Open article",
  here: "Show in text",
  undated: "undated",
  unknown: "unknown outlet",
  reprints: "Reprinted by {n} more",
  truncated: "incomplete article",
  asOf: "As of {day}",
  asked: "Searched for “{question}”",
  abstained: "No reliable evidence in the news collection",
  widen: "Widen the time range",
  conflict: "The sources disagree",
  table: "Table",
  unsupported: "no direct evidence",
  copy: "Copy answer",
  copyCitation: "Copy citation",
  copied: "Copied",
  copyFailed: "The browser does not allow copying; please select the text.",
  good: "Helpful",
  bad: "Not helpful",
  thanks: "Thank you, noted",
  whatWrong: "What is wrong?",
  comment: "More (optional)",
  sendFeedback: "Send feedback",
  feedbackFailed: "Your feedback did not arrive; please try again.",
  newer: "New text",
  followUps: "Ask next",
  starters: "For example",
  offlineTitle: "The service cannot be reached",
  offlineDetail: "Check your connection and try again.",
  brokenTitle: "The answer was cut off",
  brokenDetail: "The connection ended before the answer did; please try again.",
  silentTitle: "The service does not respond",
  silentDetail: "This took too long and was stopped. Please try again later.",
  oddTitle: "The service's answer cannot be read",
  oddDetail: "Try again later; if it stays so, tell whoever runs this site.",
  tooLong: "Too long: at most {n} characters.",
  sourceList: "Sources",
  daysAgo: "{n} days ago",
  today: "today",
};

export const REASONS: Record<"zh" | "en", Record<string, string>> = {
  zh: {
    incorrect: "内容有误",
    unsupported_citation: "引用不支持",
    wrong_source: "来源不对",
    outdated: "已过时",
    incomplete: "不完整",
    irrelevant: "答非所问",
    should_have_answered: "应当能回答",
    should_have_abstained: "不该回答",
    unclear: "看不懂",
    other: "其他",
  },
  en: {
    incorrect: "Incorrect",
    unsupported_citation: "Citation does not support it",
    wrong_source: "Wrong source",
    outdated: "Outdated",
    incomplete: "Incomplete",
    irrelevant: "Off topic",
    should_have_answered: "Should have answered",
    should_have_abstained: "Should not have answered",
    unclear: "Unclear",
    other: "Other",
  },
};

export const LANGUAGES: Record<"zh" | "en", Strings> = { zh, en };
export type Lang = keyof typeof LANGUAGES;

/** Chinese for every `zh-…`, English for everything else; Chinese where nothing is said. */
export function pickLanguage(tag: string | null | undefined): Lang {
  return !tag || tag.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** The tag that the service and `Intl` know a language by. */
export const TAG: Record<Lang, string> = { zh: "zh-CN", en: "en" };

/** `{name}` in a text becomes its value. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The day in China, where the news is from: 2026年11月20日. */
export function formatDay(iso: string | null, lang: Lang): string {
  const when = iso ? new Date(iso) : null;
  if (!when || Number.isNaN(when.getTime())) return LANGUAGES[lang].undated;
  return new Intl.DateTimeFormat(TAG[lang], { dateStyle: "long", timeZone: "Asia/Shanghai" }).format(when);
}

/** The same with the time of day: 2026年11月20日 09:30. */
export function formatMoment(iso: string | null, lang: Lang): string {
  const when = iso ? new Date(iso) : null;
  if (!when || Number.isNaN(when.getTime())) return LANGUAGES[lang].undated;
  const time = new Intl.DateTimeFormat(TAG[lang], { timeStyle: "short", hourCycle: "h23", timeZone: "Asia/Shanghai" });
  return `${formatDay(iso, lang)} ${time.format(when)}`;
}

/** Whole days between then and now in words; nothing over a month, where the date says more. */
export function formatAge(iso: string | null, now: number, words: Strings): string {
  const days = iso ? Math.floor((now - Date.parse(iso)) / 86_400_000) : Number.NaN;
  if (!(days >= 0 && days <= 31)) return "";
  return days === 0 ? words.today : fill(words.daysAgo, { n: days });
}
