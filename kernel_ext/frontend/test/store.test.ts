import assert from "node:assert/strict";
import { test } from "node:test";
import { readMessage } from "../src/protocol";
import { SceneStore } from "../src/store";
import { patch, rawCard, rawEdge, scene } from "./helpers";

const traffic = (...edges: number[]) => ({ kind: "traffic", edges }) as const;

test("defaults that are left out on the wire are filled in", () => {
  const [card] = scene(1, [{ id: "a", x: 1, y: 2, w: 160, h: 88 }]).cards;
  assert.deepEqual(card, {
    id: "a",
    x: 1,
    y: 2,
    w: 160,
    h: 88,
    subtitle: "",
    icon: "",
    state: "running",
    workers: 1,
    errors: 0,
    local: false,
    pinned: false,
    remark: "",
    inports: [],
    outports: [],
  });
});

test("nonsense is read as harmless values or not at all", () => {
  assert.equal(readMessage(null), null);
  assert.equal(readMessage("scene"), null);
  assert.equal(readMessage({ kind: "unknown" }), null);
  const message = scene(1, [{ id: 7, state: "exploded", w: "wide" }], [{ n: 1, path: [1, 2, 3] }]);
  assert.equal(message.cards[0]!.state, "running");
  assert.equal(message.cards[0]!.w, 160);
  assert.deepEqual(message.edges[0]!.path, []);
});

test("a scene replaces everything and says what is gone", () => {
  const store = new SceneStore();
  store.applyScene(scene(1, [rawCard("a"), rawCard("b")], [rawEdge(0, "a", "b")]));
  const change = store.applyScene(scene(5, [rawCard("b"), rawCard("c")], [rawEdge(1, "b", "c")]));
  assert.deepEqual([...store.cards.keys()], ["b", "c"]);
  assert.deepEqual(change.goneCards, ["a"]);
  assert.deepEqual(change.goneEdges, [0]);
  assert.equal(store.revision, 5);
  assert.equal(change.whole, true);
});

test("a patch in the middle leaves exactly the right things, in order of first appearance", () => {
  const store = new SceneStore();
  store.applyScene(scene(1, ["a", "b", "c", "d"].map((id) => rawCard(id)), [rawEdge(0, "a", "b"), rawEdge(1, "b", "c"), rawEdge(2, "c", "d")]));
  const change = store.applyPatch(
    patch(1, 2, {
      cards: [rawCard("e"), rawCard("c", 8, 16)],
      edges: [rawEdge(3, "a", "e")],
      gone_cards: ["b"],
      gone_edges: [0, 1],
    }),
  );
  assert.deepEqual([...store.cards.keys()], ["a", "c", "d", "e"]);
  assert.deepEqual([...store.edges.keys()], [2, 3]);
  assert.equal(store.cards.get("c")!.y, 16);
  assert.deepEqual(change?.cards, ["e", "c"]);
  assert.equal(store.revision, 2);
});

test("a patch on another revision changes nothing", () => {
  const store = new SceneStore();
  assert.equal(store.applyPatch(patch(0, 1, { cards: [rawCard("a")] })), null);
  store.applyScene(scene(3, [rawCard("a")]));
  assert.equal(store.applyPatch(patch(4, 5, { gone_cards: ["a"] })), null);
  assert.deepEqual([...store.cards.keys()], ["a"]);
  assert.equal(store.revision, 3);
});

test("names are keys as they are, whatever they contain", () => {
  const names = ["", "__proto__", "constructor", "a b", "a\nb", "<b>", "🚀", "מ"];
  const store = new SceneStore();
  store.applyScene(scene(1, names.map((id) => rawCard(id))));
  assert.deepEqual([...store.cards.keys()], names);
});

test("traffic: old totals are no growth, later ones are", () => {
  const store = new SceneStore();
  store.applyScene(scene(1, [rawCard("a"), rawCard("b")], [rawEdge(0, "a", "b"), rawEdge(1, "a", "b")]));
  assert.deepEqual(store.applyTraffic(traffic(0, 500, 0)), [{ n: 0, grown: 0 }]);
  assert.deepEqual(store.applyTraffic(traffic(0, 503, 2.5, 1, 4, 1, 99, 7, 7)), [
    { n: 0, grown: 3 },
    { n: 1, grown: 4 },
  ]);
  assert.deepEqual(store.traffic.get(0), { count: 503, rate: 2.5 });
  assert.equal(store.traffic.has(99), false);
});

test("traffic: a count that falls (a restarted counter) is no growth", () => {
  const store = new SceneStore();
  store.applyScene(scene(1, [rawCard("a")], [rawEdge(0, "a", "a")]));
  store.applyTraffic(traffic(0, 10, 1));
  assert.deepEqual(store.applyTraffic(traffic(0, 2, 1)), [{ n: 0, grown: 0 }]);
});

test("traffic of an edge goes with the edge", () => {
  const store = new SceneStore();
  store.applyScene(scene(1, [rawCard("a")], [rawEdge(0, "a", "a")]));
  store.applyTraffic(traffic(0, 10, 1));
  store.applyPatch(patch(1, 2, { gone_edges: [0] }));
  assert.equal(store.traffic.size, 0);
});
