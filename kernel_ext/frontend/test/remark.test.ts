import assert from "node:assert/strict";
import { test } from "node:test";
import { cardShapes } from "../src/card";
import { derivePalette } from "../src/theme";
import { countTotals, placesOf } from "../src/toolbar";
import { describeHover } from "../src/tooltip";
import { hintsFor } from "../src/twin";
import { pictureOf, rawCard, rawEdge } from "./helpers";

const palette = derivePalette({
  ground: [255, 255, 255, 1],
  surface: [255, 255, 255, 1],
  ink: [0, 0, 0, 0.87],
  muted: [0, 0, 0, 0.54],
  brand: [25, 118, 210, 1],
  error: [211, 47, 47, 1],
  warn: [245, 124, 0, 1],
  ui: "sans",
  mono: "mono",
});
const CARDS = [rawCard("a", 0, 0, { remark: "no one\nno two" }), rawCard("b", 250), rawCard("c", 500, 0, { state: "error", remark: "so" })];
const EDGES = [rawEdge(0, "a", "b"), rawEdge(1, "b", "c", { remark: "types" })];

test("a remark has a sign of its own, beside that of an error", () => {
  const { store } = pictureOf(CARDS, EDGES);
  const signs = (id: string) =>
    cardShapes(store.cards.get(id)!, palette, 2, 1).filter((shape) => shape.kind === "polygon" && shape.fill === palette.dead);
  const [alone] = signs("a");
  const [beside] = signs("c");
  assert.equal(signs("b").length, 0);
  assert.ok(alone?.kind === "polygon" && beside?.kind === "polygon");
  assert.equal(alone.points[0]! - beside.points[0]!, 24);
});

test("remarks are counted, and can be gone to", () => {
  const { store } = pictureOf(CARDS, EDGES);
  assert.equal(countTotals(store).problems.remark, 3);
  assert.deepEqual(placesOf("remark", store), [
    { kind: "card", id: "a" },
    { kind: "card", id: "c" },
    { kind: "edge", n: 1 },
  ]);
  assert.deepEqual(placesOf("error", store), [{ kind: "card", id: "c" }]);
});

test("remarks are told under the pointer and to screen readers", () => {
  const { store, picture } = pictureOf(CARDS, EDGES);
  const edge = picture.edges.get(1)!;
  assert.deepEqual(hintsFor(store.edges.get(1)!), ["types"]);
  assert.ok(describeHover({ port: null, edge, card: null }, 1).endsWith("\ntypes"));
  assert.equal(describeHover({ port: null, edge: null, card: picture.cards.get("a")! }, 1), "no one\nno two");
  assert.equal(describeHover({ port: null, edge: null, card: picture.cards.get("b")! }, 1), "");
});
