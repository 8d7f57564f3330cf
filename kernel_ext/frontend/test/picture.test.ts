import assert from "node:assert/strict";
import { test } from "node:test";
import { nextInColumn, nextPort } from "../src/navigation";
import { patch, pictureOf, rawCard, rawEdge } from "./helpers";

test("edges at a card and at a port; a loop counts once", () => {
  const { picture } = pictureOf(
    [rawCard("a"), rawCard("b", 250)],
    [rawEdge(2, "a", "b"), rawEdge(1, "a", "a"), rawEdge(3, "b", "a", { outport: "log" })],
  );
  assert.deepEqual(picture.edgesAt("a").map(({ edge }) => edge.n), [1, 2, 3]);
  assert.deepEqual(picture.edgesAtPort("a", "out", "out").map(({ edge }) => edge.n), [1, 2]);
  assert.deepEqual(picture.edgesAtPort("a", "in", "in").map(({ edge }) => edge.n), [1, 3]);
});

test("a patch removes exactly what is gone", () => {
  const { store, picture } = pictureOf(
    [rawCard("a"), rawCard("b", 250), rawCard("c", 500)],
    [rawEdge(0, "a", "b"), rawEdge(1, "b", "c")],
  );
  picture.apply(store, store.applyPatch(patch(1, 2, { gone_cards: ["b"], gone_edges: [0, 1] }))!);
  assert.deepEqual([...picture.cards.keys()], ["a", "c"]);
  assert.equal(picture.edges.size, 0);
  assert.deepEqual(picture.edgesAt("b"), []);
});

test("a card in the hand keeps its place, and its edges follow it", () => {
  const { store, picture } = pictureOf([rawCard("a"), rawCard("b", 250)], [rawEdge(0, "a", "b")]);
  picture.moveCard("a", 40, 40);
  const moved = rawEdge(0, "a", "b", { path: [168, 72, 190, 72, 220, 64, 250, 64] });
  const change = store.applyPatch(patch(1, 2, { cards: [rawCard("a", 8, 8)], edges: [moved] }))!;
  picture.apply(store, change, (id) => id === "a");
  assert.equal(picture.cards.get("a")!.x, 40);
  const { path } = picture.edges.get(0)!;
  assert.deepEqual(path.slice(0, 2), [200, 104]);
  picture.apply(store, change);
  assert.equal(picture.cards.get("a")!.x, 8);
  assert.deepEqual(picture.edges.get(0)!.path.slice(0, 2), [168, 72]);
});

test("what lies at a place: the upper card, the nearest port, the edge", () => {
  const { picture } = pictureOf([rawCard("a"), rawCard("b", 100)], [rawEdge(0, "a", "b")]);
  assert.equal(picture.cardAt(120, 20)?.card.id, "b");
  assert.equal(picture.cardAt(20, 20)?.card.id, "a");
  assert.equal(picture.cardAt(20, -1), null);
  const place = picture.portAt(155, 90, 12);
  assert.deepEqual([place?.card.card.id, place?.side, place?.port.id], ["a", "out", "log"]);
  assert.equal(picture.portAt(155, 90, 12, ({ side }) => side === "in"), null);
  assert.equal(picture.edgeAt(200, 67, 6)?.edge.n, 0);
  assert.equal(picture.edgeAt(200, 90, 6), null);
});

test("an edge without a path is nowhere", () => {
  const { picture } = pictureOf([rawCard("a")], [rawEdge(0, "a", "gone", { path: [] })]);
  assert.equal(picture.edgeAt(0, 0, 1000), null);
  assert.equal(picture.bounds()!.right, 170);
  assert.equal(picture.previewPath(picture.edges.get(0)!.edge), null);
});

test("arrows: down a column, then to the next one", () => {
  const { picture } = pictureOf([rawCard("a"), rawCard("b", 8, 144), rawCard("c", 250), rawCard("d", 250, 144)]);
  assert.equal(nextInColumn(picture, "a", 1), "b");
  assert.equal(nextInColumn(picture, "b", 1), "c");
  assert.equal(nextInColumn(picture, "c", -1), "b");
  assert.equal(nextInColumn(picture, "a", -1), null);
  assert.equal(nextInColumn(picture, "gone", 1), null);
});

test("arrows: ports go round and round", () => {
  const { picture } = pictureOf([rawCard("a")]);
  const next = nextPort(picture, { id: "a", side: "in", port: "in" }, -1);
  assert.deepEqual([next?.side, next?.port.id], ["out", "log"]);
});
