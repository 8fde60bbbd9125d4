// What keys mean.

const IME_KEY = 229;

/** Enter that sends: not with Shift, and not the one that ends a word of an input method. */
export function isSend(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== IME_KEY;
}

/** `/` or `mod+k`, where `mod` is Command or Control. */
export function isHotkey(event: KeyboardEvent, hotkey: string): boolean {
  const parts = hotkey.toLowerCase().split("+");
  const key = parts.pop();
  const wanted = parts.some((part) => part === "mod" || part === "ctrl");
  return Boolean(key) && event.key.toLowerCase() === key && (event.ctrlKey || event.metaKey) === wanted;
}

/** Whether whoever types, types into something. */
export function isTyping(event: Event): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

/** Tab in a panel that covers the window: from the last stop to the first, and back. */
export function keepFocusIn(root: ShadowRoot, event: KeyboardEvent): void {
  const all = root.querySelectorAll<HTMLElement>(".panel :is(button, a[href], textarea, summary, [tabindex='0'])");
  const stops = [...all].filter((one) => !one.hasAttribute("disabled") && one.checkVisibility());
  const [edge, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  if (root.activeElement === edge || !root.activeElement) {
    event.preventDefault();
    to?.focus();
  }
}
