// Where a card goes: under its chip where it fits, else above, always inside the window.

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const GAP = 6;
const EDGE = 8;

/** Left and top of a card of `size` for `anchor` inside `view`, in CSS pixels of the window. */
export function placeCard(
  anchor: Box,
  size: { width: number; height: number },
  view: { width: number; height: number },
): { left: number; top: number } {
  const left = clamp(anchor.left + anchor.width / 2 - size.width / 2, view.width - size.width - EDGE);
  const below = anchor.top + anchor.height + GAP;
  const above = anchor.top - size.height - GAP;
  const fits = below + size.height <= view.height - EDGE || above < EDGE;
  return { left, top: clamp(fits ? below : above, view.height - size.height - EDGE) };
}

function clamp(value: number, most: number): number {
  return Math.max(EDGE, Math.min(value, most));
}
