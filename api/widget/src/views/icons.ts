// Line drawings, 20 by 20; what they mean is said by the button around them.

import { html, type TemplateResult } from "lit";

const PATHS = {
  close: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  clear: "M4 6h12M8 6V4h4v2M5.8 6l.7 10h7l.7-10M8.7 9v4.5M11.3 9v4.5",
  copy: "M7.5 7.5h8.5v8.5H7.5zM12.5 4.5V4H4v8.5h.5",
  up: "M7 9l3-5.5c1.2 0 2 .8 2 2V8h3.6a1.2 1.2 0 0 1 1.2 1.4l-1 5.6a1.2 1.2 0 0 1-1.2 1H7zM7 9H4v7h3",
  down: "M13 11l-3 5.5c-1.2 0-2-.8-2-2V12H4.4a1.2 1.2 0 0 1-1.2-1.4l1-5.6a1.2 1.2 0 0 1 1.2-1H13zM13 11h3V4h-3",
  previous: "M12 5l-5 5 5 5",
  next: "M8 5l5 5-5 5",
  newer: "M10 4v11M5.5 10.5L10 15l4.5-4.5",
  info: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 9v4.5M10 6.3v.4",
} as const;

/** A drawing in the colour of its text. */
export function icon(name: keyof typeof PATHS): TemplateResult {
  return html`<svg viewBox="0 0 20 20" aria-hidden="true"><path d=${PATHS[name]}></path></svg>`;
}
