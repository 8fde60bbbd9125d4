import fc from "fast-check";
import { expect, test } from "vitest";
import { placeCard } from "../src/place.js";

const VIEW = { width: 1000, height: 700 };
const CARD = { width: 380, height: 240 };
const chip = (left: number, top: number) => ({ left, top, width: 24, height: 24 });

test.each([
  ["under its chip, in the middle", chip(500, 100), { left: 322, top: 130 }],
  ["above, where there is no room below", chip(500, 600), { left: 322, top: 354 }],
  ["inside on the left", chip(0, 100), { left: 8, top: 130 }],
  ["inside on the right", chip(980, 100), { left: 612, top: 130 }],
])("%s", (_, anchor, at) => expect(placeCard(anchor, CARD, VIEW)).toEqual(at));

test("a card that fits is always whole in the window", () => {
  const size = fc.record({ width: fc.integer({ min: 10, max: 900 }), height: fc.integer({ min: 10, max: 600 }) });
  fc.assert(
    fc.property(fc.integer({ min: -50, max: 1050 }), fc.integer({ min: -50, max: 750 }), size, (x, y, card) => {
      const { left, top } = placeCard(chip(x, y), card, VIEW);
      expect(left).toBeGreaterThanOrEqual(8);
      expect(top).toBeGreaterThanOrEqual(8);
      expect(left + card.width).toBeLessThanOrEqual(VIEW.width - 8);
      expect(top + card.height).toBeLessThanOrEqual(VIEW.height - 8);
    }),
  );
});

test("a card larger than the window keeps its beginning in sight", () => {
  expect(placeCard(chip(100, 300), { width: 2000, height: 2000 }, VIEW)).toEqual({ left: 8, top: 8 });
});
