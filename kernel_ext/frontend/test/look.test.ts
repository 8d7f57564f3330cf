import assert from "node:assert/strict";
import { test } from "node:test";
import { eventOf, phrase } from "../src/announcer";
import { fitCamera, revealPan, seenBox } from "../src/camera";
import { cardShapes, detailAt } from "../src/card";
import { type Colour, contrast, mix } from "../src/colour";
import { formatCount, formatRate, oneLine, plural, spoken } from "../src/format";
import { findIcon } from "../src/icons";
import type { Shape } from "../src/shapes";
import { fitText, textWidth } from "../src/text";
import { derivePalette, type HostColours } from "../src/theme";
import { countTotals, describeTotals } from "../src/toolbar";
import { pictureOf, rawCard, rawEdge, scene } from "./helpers";

const LIGHT: HostColours = {
  ground: [255, 255, 255, 1],
  surface: [255, 255, 255, 1],
  ink: [0, 0, 0, 0.87],
  muted: [0, 0, 0, 0.54],
  brand: [25, 118, 210, 1],
  error: [211, 47, 47, 1],
  warn: [245, 124, 0, 1],
  ui: "sans",
  mono: "mono",
};
const DARK: HostColours = {
  ...LIGHT,
  ground: [17, 17, 17, 1],
  surface: [33, 33, 33, 1],
  ink: [255, 255, 255, 0.87],
  muted: [255, 255, 255, 0.54],
  brand: [33, 150, 243, 1],
  error: [244, 67, 54, 1],
  warn: [255, 152, 0, 1],
};
const colour = (css: string): Colour => {
  const part = (i: number): number => Number.parseInt(css.slice(i, i + 2), 16);
  return [part(1), part(3), part(5), 1];
};

for (const [name, host] of Object.entries({ light: LIGHT, dark: DARK, odd: { ...LIGHT, brand: [255, 240, 0, 1] as Colour } }))
  test(`palette, ${name}: every text is readable, every line visible`, () => {
    const palette = derivePalette(host);
    assert.equal(palette.dark, name === "dark");
    const on = (text: string, ground: string): number => contrast(colour(text), colour(ground));
    for (const ground of [palette.card, palette.canvas])
      for (const text of [palette.ink, palette.muted, palette.staleText]) assert.ok(on(text, ground) >= 4.5, text);
    assert.ok(on(palette.brandText, palette.canvas) >= 4.5);
    assert.ok(on(palette.errorText, palette.card) >= 4.5);
    assert.ok(on(palette.onError, palette.error) >= 4.5);
    for (const line of [palette.edge, palette.dead]) assert.ok(on(line, palette.canvas) >= 3);
  });

test("palette: the values that were designed", () => {
  assert.equal(derivePalette(LIGHT).canvas, "#f8f9fa");
  assert.equal(derivePalette(DARK).canvas, "#171717");
  assert.deepEqual([LIGHT, DARK].map((host) => derivePalette(host).dead), ["#dc7104", "#ff9800"]);
  assert.deepEqual(mix([0, 0, 0, 1], [100, 200, 50, 1], 0.5), [50, 100, 25, 1]);
});

test("numbers", () => {
  assert.deepEqual([0, 999, 1204, 99_999, 123_456, 2_345_678].map(formatCount), ["0", "999", "1 204", "99 999", "123k", "2.3M"].map((text) => text.replace(" ", "\u2009")));
  assert.deepEqual([0, 0.01, 0.5, 2, 9.94, 9.96, 40, 214.4, 1_500].map(formatRate), ["0", "<0.1", "0.5", "2.0", "9.9", "10", "40", "214", "1\u2009500"]);
  assert.equal(plural(1, "edge"), "1 edge");
  assert.equal(plural(0, "edge"), "0 edges");
});

test("names: one line, never empty when spoken, never cut through an emoji", () => {
  assert.equal(oneLine("a\r\n\tb\u0000c\u2028d"), "a b c d");
  assert.equal(spoken("\n"), "(no name)");
  const cut = fitText("🚀".repeat(20), "12px x", 40);
  assert.match(cut, /^(🚀)+…$/u);
  assert.ok(textWidth(cut, "12px x") <= 40);
  assert.ok(fitText("x".repeat(1e6), "12px x", 60).length < 20);
  assert.equal(fitText("short", "12px x", 600), "short");
  assert.equal(fitText("short", "12px x", 0), "");
});

test("icons: Font Awesome 4 names, and a neutral one", () => {
  for (const name of ["thermometer", "lightbulb-o", "file-word-o", "cogs", "clock", "cube"]) assert.ok(findIcon(name).d.length > 20);
  assert.equal(findIcon("fa-cogs"), findIcon("cogs"));
  assert.equal(findIcon("no-such-icon"), findIcon("cube"));
  assert.equal(findIcon("__proto__"), findIcon("cube"));
});

const texts = (shapes: Shape[]): string[] => shapes.flatMap((shape) => (shape.kind === "text" ? [shape.text] : []));

test("card: what is written on it at each level of detail", () => {
  const palette = derivePalette(LIGHT);
  const [card] = scene(1, [rawCard("sum", 0, 0, { subtitle: "Add", workers: 3, inports: [{ id: "in", y: 64, literal: "5" }] })]).cards;
  assert.deepEqual(texts(cardShapes(card!, palette, detailAt(1), 1)), ["×3", "sum", "Add", "in", "5", "out", "log"]);
  assert.deepEqual(texts(cardShapes(card!, palette, detailAt(0.5), 0.5)), ["sum", "×3"]);
  assert.deepEqual(texts(cardShapes(card!, palette, detailAt(0.2), 0.2)), []);
  assert.equal(cardShapes(card!, palette, detailAt(0.1), 0.1).length, 1);
});

test("card: every state differs by more than colour", () => {
  const palette = derivePalette(LIGHT);
  const shapesOf = (state: string): Shape[] =>
    cardShapes(scene(1, [rawCard("a", 0, 0, { state, errors: 3 })]).cards[0]!, palette, 2, 1);
  const dashed = (state: string): boolean => shapesOf(state).some((shape) => shape.kind === "rect" && shape.stroke?.dash);
  assert.deepEqual(["running", "error", "stale", "absent"].map(dashed), [false, false, true, true]);
  assert.ok(texts(shapesOf("error")).includes("3"));
  assert.ok(shapesOf("stale").some((shape) => shape.kind === "icon" && shape.name === "clock"));
});

test("camera: fit shows all, in the middle, never enlarged", () => {
  const size = { width: 950, height: 380 };
  assert.equal(fitCamera({ left: 0, top: 0, right: 100, bottom: 100 }, size, 0.05).zoom, 1);
  const box = { left: -500, top: 20, right: 2_500, bottom: 400 };
  const seen = seenBox(fitCamera(box, size, 0.05), size);
  assert.ok(seen.left <= box.left && seen.top <= box.top && seen.right >= box.right && seen.bottom >= box.bottom);
  assert.deepEqual(revealPan({ zoom: 1, panX: 0, panY: 0 }, size, { left: 10, top: 50, right: 1_000, bottom: 90 }), { panX: 10, panY: 0 });
});

test("totals", () => {
  const { store } = pictureOf([rawCard("a"), rawCard("b", 250, 0, { state: "error" }), rawCard("turns", 500, 0, { workers: 0 })], [rawEdge(0, "a", "b"), rawEdge(1, "b", "a", { state: "pending" })]);
  store.applyTraffic({ kind: "traffic", edges: [0, 10, 3.5] });
  const totals = countTotals(store);
  assert.equal(describeTotals(totals), "2 participants · 2 edges · 3.5 msg/s");
  assert.deepEqual(totals.problems, { error: 1, stale: 0, pending: 1, stopped: 0, remark: 0 });
});

test("announcements: joins, leaves and errors, many at once as a number", () => {
  const card = (state: string) => scene(1, [rawCard("a", 0, 0, { state })]).cards[0]!;
  assert.equal(eventOf(undefined, card("running")), "joined");
  assert.equal(eventOf(undefined, card("absent")), null);
  assert.equal(eventOf(card("absent"), card("running")), "joined");
  assert.equal(eventOf(card("running"), undefined), "left");
  assert.equal(eventOf(card("running"), card("error")), "failed");
  assert.equal(eventOf(card("running"), card("running")), null);
  assert.equal(phrase(new Map([["joined", ["a", "b"]], ["failed", ["c", "d", "e", "f"]]])), "a, b joined. 4 participants failed.");
});
