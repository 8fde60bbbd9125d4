import { css } from "lit";

/** Calm and dense; every colour is a custom property with a light and a dark value. */
export const styles = css`
  :host {
    /* Important, so that no rule of the page, however hostile, reaches in: in a shadow tree the inner wins. */
    all: initial !important;
    color-scheme: light dark !important;
    --accent: var(--hw-accent, light-dark(#1456c4, #8ab4ff));
    --accent-contrast: var(--hw-accent-contrast, light-dark(#fff, #0b1b33));
    --bg: var(--hw-bg, light-dark(#fff, #16191d));
    --surface: var(--hw-surface, light-dark(#f5f6f8, #20242a));
    --text: var(--hw-text, light-dark(#1c2024, #e8eaed));
    --muted: var(--hw-text-muted, light-dark(#5a626d, #a6adb8));
    --border: var(--hw-border, light-dark(#d9dde3, #3a4049));
    --user-bg: var(--hw-user-bg, light-dark(#e8effb, #24344f));
    --user-text: var(--hw-user-text, var(--text));
    --cite-bg: var(--hw-cite-bg, light-dark(#e3ebf8, #2a3a57));
    --cite-text: var(--hw-cite-text, light-dark(#0f468f, #b5d0ff));
    --mark: var(--hw-mark, light-dark(#fff0b8, #57490f));
    --warn: light-dark(#7a4b00, #f2b04c);
    --danger: var(--hw-danger, light-dark(#a3261d, #ff9d94));
    --radius: var(--hw-radius, 10px);
    --shadow: var(--hw-shadow, 0 6px 28px rgb(0 0 0 / 0.2));
    direction: ltr !important;
    unicode-bidi: isolate !important;
    box-sizing: border-box !important;
    display: block !important;
    color: var(--text) !important;
    font: var(--hw-font-size, 15px) / 1.7
      var(--hw-font, system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif) !important;
    overflow-wrap: anywhere !important;
  }
  :host([theme="light"]) { color-scheme: light !important; }
  :host([theme="dark"]) { color-scheme: dark !important; }
  :host([hidden]) { display: none !important; }
  :host([mode="inline"]), :host([mode="page"]) { height: 100% !important; }
  *, *::before, *::after { box-sizing: border-box; }
  svg { width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
  p, ul, ol, blockquote, fieldset, figure { margin: 0; padding: 0; }
  button, textarea { font: inherit; color: inherit; }
  button { cursor: pointer; }
  button:disabled { cursor: default; opacity: 0.6; }
  a, .link { color: var(--accent); text-decoration: underline; text-underline-offset: 2px; }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .muted { color: var(--muted); font-size: 0.87em; }
  .link { border: 0; background: none; padding: 0; text-align: start; min-height: 24px; }

  .launcher {
    position: fixed; z-index: var(--hw-z, 2147483000);
    inset-block-end: var(--hw-offset-y, 20px); inset-inline-end: var(--hw-offset-x, 20px);
    width: 56px; height: 56px; border: 0; border-radius: 50%;
    background: var(--accent); color: var(--accent-contrast); box-shadow: var(--shadow);
    font-size: 22px; font-weight: 600; line-height: 1;
  }
  :host([position="left"]) .launcher, :host([position="left"]) .panel.floating { inset-inline: var(--hw-offset-x, 20px) auto; }

  .panel {
    display: flex; flex-direction: column; min-height: 0; height: 100%;
    background: var(--bg); position: relative;
  }
  .panel.floating {
    position: fixed; z-index: var(--hw-z, 2147483000);
    inset-block-end: calc(var(--hw-offset-y, 20px) + 68px); inset-inline-end: var(--hw-offset-x, 20px);
    width: min(var(--hw-width, 400px), calc(100vw - 32px));
    height: min(var(--hw-height, 640px), calc(100dvh - 112px));
    border: 1px solid var(--border); border-radius: var(--radius); box-shadow: var(--shadow); overflow: hidden;
  }
  .panel.inline { border: 1px solid var(--border); border-radius: var(--radius); overflow: hidden; }
  .panel.full { inset: 0; width: 100%; height: 100dvh; border: 0; border-radius: 0; }

  .head {
    display: flex; align-items: center; gap: 4px; flex: none; min-height: 48px;
    padding: 6px 8px 6px 16px; border-block-end: 1px solid var(--border);
    padding-block-start: max(6px, env(safe-area-inset-top));
  }
  .head :is(h1, h2) { margin: 0; flex: 1; font-size: 1.06em; font-weight: 600; line-height: 1.4; }
  .head .ask-clear { display: flex; align-items: center; gap: 6px; font-size: 0.87em; }
  .icon {
    display: inline-grid; place-items: center; flex: none; width: 32px; height: 32px; padding: 0;
    border: 1px solid transparent; border-radius: 6px; background: none; color: var(--muted); line-height: 1;
  }
  .icon:hover:not(:disabled) { background: var(--surface); color: var(--text); }
  .icon[aria-disabled="true"] { opacity: 0.4; cursor: default; }
  .icon[aria-pressed="true"] { background: var(--cite-bg); color: var(--cite-text); border-color: currentColor; }
  .chip, .primary {
    min-height: 32px; padding: 3px 12px; border: 1px solid var(--border); border-radius: 16px;
    background: var(--bg); text-align: start; font-size: 0.93em; line-height: 1.6;
  }
  .chip:hover:not(:disabled) { border-color: var(--accent); color: var(--accent); }
  .chip[aria-pressed="true"] { background: var(--cite-bg); color: var(--cite-text); border-color: currentColor; }
  .primary { border-radius: 8px; background: var(--accent); color: var(--accent-contrast); border-color: var(--accent); }

  .log {
    flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain;
    padding: 16px; scrollbar-width: thin;
  }
  .log:focus-visible { outline-offset: -2px; }
  .log > ol { list-style: none; display: grid; gap: 20px; }
  .page > :is(.head, .log, .composer, .foot) { padding-inline: max(16px, calc((100% - 760px) / 2)); }
  .log li { min-width: 0; }
  .you {
    width: fit-content; max-width: 88%; margin: 0 0 10px auto; padding: 6px 12px;
    border-radius: var(--radius); background: var(--user-bg); color: var(--user-text); white-space: pre-wrap;
  }
  .text > * + *, .box > * + * { margin-block-start: 6px; }
  .text p, .text li { text-wrap: pretty; }
  .text ul, .text ol { padding-inline-start: 1.5em; }
  .text .heading { font-weight: 600; }
  .text blockquote { border-inline-start: 3px solid var(--border); padding-inline-start: 10px; color: var(--muted); }
  .text pre, .table { overflow-x: auto; }
  .text pre { margin: 0; padding: 8px; background: var(--surface); border-radius: 6px; line-height: 1.5; }
  .text table { border-collapse: collapse; font-size: 0.93em; }
  .text th, .text td { border: 1px solid var(--border); padding: 3px 8px; text-align: start; }
  .sentence { unicode-bidi: isolate; border-radius: 3px; transition: background 0.12s; }
  .sentence.lit { background: var(--mark); }
  .sentence.unsupported { text-decoration: underline dashed var(--danger); text-underline-offset: 4px; }

  /* A pill of 18 px; what can be hit is 24 px. A word joiner keeps it on the line of its sentence. */
  .pill {
    display: inline-flex; vertical-align: 0.12em; height: 18px; margin-inline: 2px; border-radius: 9px;
    background: var(--cite-bg); color: var(--cite-text); white-space: nowrap; line-height: 18px;
  }
  .pill::before { content: "\\2060"; width: 0; }
  .cite {
    display: inline-grid; place-items: center; min-width: 24px; height: 24px; margin-block: -3px; padding: 0;
    border: 0; border-radius: 9px; background: none; color: inherit;
  }
  .cite > span {
    display: block; min-width: 24px; height: 18px; padding: 0 4px; border-radius: 9px;
    font-size: 12px; font-weight: 600; line-height: 18px; text-align: center; font-variant-numeric: tabular-nums;
  }
  .cite + .cite > span { border-start-start-radius: 0; border-end-start-radius: 0; box-shadow: -1px 0 0 var(--bg); }
  .cite.dead { opacity: 0.7; }
  button.cite:hover > span, .cite.lit > span, .cite[aria-expanded="true"] > span { background: var(--accent); color: var(--accent-contrast); }

  .box { padding: 10px 12px; border: 1px solid var(--border); border-radius: var(--radius); background: var(--surface); }
  .box + .text { margin-block-start: 10px; }
  .box.warn { border-inline-start: 3px solid var(--warn); }
  .box.abstained { border-inline-start: 3px solid var(--muted); }
  .box.danger { border-inline-start: 3px solid var(--danger); margin-block-start: 8px; }
  .box.danger strong { color: var(--danger); }
  .near { list-style: none; display: grid; gap: 4px; }
  .near .muted, .sources .muted { display: block; }
  .notices { list-style: none; display: grid; gap: 2px; margin-block-start: 8px; color: var(--warn); font-size: 0.87em; }
  .notices li { display: flex; gap: 6px; align-items: start; }
  .notices .quiet { color: var(--muted); }
  .notices svg { width: 16px; height: 16px; margin-block-start: 4px; }
  .as-of { margin-block-start: 4px; }
  .stage { display: flex; align-items: center; gap: 8px; color: var(--muted); font-size: 0.93em; }
  .dots { display: inline-flex; gap: 3px; }
  .dots i { width: 5px; height: 5px; border-radius: 50%; background: currentColor; animation: blink 1.2s infinite; }
  .dots i:nth-child(2) { animation-delay: 0.2s; }
  .dots i:nth-child(3) { animation-delay: 0.4s; }
  @keyframes blink { 50% { opacity: 0.2; } }

  .sources { margin-block-start: 8px; font-size: 0.93em; }
  .sources summary { cursor: pointer; min-height: 28px; color: var(--muted); width: fit-content; padding-inline-end: 8px; }
  .sources ol, .sources ul { padding-inline-start: 1.6em; display: grid; gap: 6px; margin-block: 4px 8px; line-height: 1.5; }
  .actions { display: flex; align-items: center; gap: 2px; margin: 4px 0 0 -8px; }
  .follow-ups, .starters { list-style: none; display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 10px; }
  .follow-ups .chip, .starters .chip { border-radius: 8px; }
  .stopped .chip { margin-inline-start: 6px; }
  .chip.danger { color: var(--danger); border-color: currentColor; }
  .feedback { display: grid; gap: 8px; margin-block-start: 6px; padding: 10px 12px; background: var(--surface); border-radius: var(--radius); }
  .feedback fieldset { border: 0; display: flex; flex-wrap: wrap; gap: 6px; }
  .feedback legend { padding: 0 0 4px; font-weight: 600; }
  .feedback .primary { justify-self: start; }
  textarea {
    display: block; width: 100%; padding: 7px 10px; resize: none; background: var(--bg);
    border: 1px solid var(--muted); border-radius: 8px; font-size: 1em; line-height: 1.5;
  }
  .empty { display: grid; gap: 4px; align-content: center; min-height: 40%; }
  .newer { display: flex; align-items: center; gap: 4px; }
  .newer { position: absolute; inset-block-end: 100%; inset-inline: 0; margin: 0 auto 8px; width: fit-content; box-shadow: var(--shadow); }
  .composer { position: relative; flex: none; padding: 10px 16px 4px; border-block-start: 1px solid var(--border); }
  .composer form { display: flex; align-items: end; gap: 8px; }
  .composer textarea { flex: 1; max-height: 140px; field-sizing: content; min-height: 40px; }
  .composer .primary { min-width: 72px; min-height: 40px; text-align: center; flex: none; }
  .foot { flex: none; padding: 2px 16px max(8px, env(safe-area-inset-bottom)); font-size: 0.8em; color: var(--muted); line-height: 1.5; }
  .foot ::slotted(*) { color: inherit; }

  .card {
    position: fixed; inset: auto; margin: 0; width: min(380px, calc(100vw - 16px)); max-height: min(420px, calc(100dvh - 16px));
    overflow-y: auto; padding: 12px 14px; border: 1px solid var(--border); border-radius: var(--radius);
    background: var(--bg); color: var(--text); box-shadow: var(--shadow); line-height: 1.6; font-size: 0.95em;
    left: var(--left, 8px); top: var(--top, 8px);
  }
  .card.sheet { left: 0; right: 0; top: auto; bottom: 0; width: 100%; max-height: 70dvh; border-radius: var(--radius) var(--radius) 0 0; padding-block-end: max(12px, env(safe-area-inset-bottom)); }
  .card header { display: flex; gap: 10px; align-items: start; }
  .card header > div { flex: 1; min-width: 0; }
  .disc { flex: none; display: grid; place-items: center; width: 32px; height: 32px; border-radius: 50%; background: var(--cite-bg); color: var(--cite-text); font-weight: 600; }
  .card-title { font-weight: 600; line-height: 1.45; text-wrap: pretty; }
  .card-title a { color: inherit; text-decoration: none; }
  .card-title a:is(:hover, :focus-visible) { text-decoration: underline; }
  .card blockquote { margin-block: 8px; padding: 8px 10px; background: var(--surface); border-radius: 6px; color: var(--muted); }
  .card mark { background: var(--mark); color: var(--text); border-radius: 2px; }
  .card footer { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: center; font-size: 0.93em; }
  .card footer a { display: inline-flex; align-items: center; min-height: 24px; }
  .card .pager { margin: 0 0 6px -6px; }
  .limit { color: var(--danger); font-size: 0.87em; }
  .limit:empty { display: none; }
  .pager { display: inline-flex; align-items: center; gap: 4px; color: var(--muted); }
  .tag { width: fit-content; padding: 0 8px; border: 1px solid currentColor; border-radius: 4px; font-size: 0.85em; color: var(--warn); margin-block-start: 6px; }
  .reprints { margin-block-end: 6px; }

  /* Below 16 px a phone zooms into the field. */
  @media (pointer: coarse), (max-width: 640px) { textarea { font-size: max(1em, 16px); } }
  @media (prefers-reduced-motion: reduce) {
    * { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
  }
  @media (forced-colors: active) {
    .pill, .chip, .icon, .primary, .launcher, .box, .you { border: 1px solid ButtonText; }
    button.cite:hover > span, .cite.lit > span, .cite[aria-expanded="true"] > span { background: Highlight; color: HighlightText; forced-color-adjust: none; }
    .sentence.lit, .card mark { background: Mark; color: MarkText; }
  }
`;
