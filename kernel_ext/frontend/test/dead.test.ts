import assert from "node:assert/strict";
import { test } from "node:test";
import { paintGround } from "../src/ground";
import { LiveActivity } from "../src/live";
import { labelOf } from "../src/pills";
import { isJunction } from "../src/protocol";
import { derivePalette, type Palette } from "../src/theme";
import { describeHover } from "../src/tooltip";
import { hintsFor } from "../src/twin";
import { pictureOf, rawCard, rawEdge, scene } from "./helpers";

const palette: Palette = derivePalette({
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
const CAMERA = { zoom: 1, panX: 0, panY: 0 };
const SIZE = { width: 900, height: 400 };
const CARDS = [rawCard("turns", 0, 0, { workers: 0 }), rawCard("failed", 250)];

function dead(more: object = {}): ReturnType<typeof pictureOf> {
  return pictureOf(CARDS, [rawEdge(0, "turns", "failed", { dead: true, ...more })]);
}

interface Stroke {
  readonly colour: string;
  readonly width: number;
  readonly dash: readonly number[];
  readonly cap: string;
}

/** A context that notes what is stroked and filled; a path that is empty does not count. */
class Recorder {
  strokeStyle = "";
  fillStyle = "";
  lineWidth = 1;
  lineCap = "butt";
  globalAlpha = 1;
  readonly strokes: Stroke[] = [];
  readonly filled: string[] = [];
  #dash: number[] = [];
  #isEmpty = true;
  beginPath(): void {
    this.#isEmpty = true;
  }
  moveTo(): void {
    this.#isEmpty = false;
  }
  lineTo(): void {}
  quadraticCurveTo(): void {}
  arc(): void {}
  rect(): void {}
  setLineDash(dash: number[]): void {
    this.#dash = dash;
  }
  stroke(): void {
    if (this.#isEmpty) return;
    this.strokes.push({ colour: this.strokeStyle, width: this.lineWidth, dash: this.#dash, cap: this.lineCap });
  }
  fill(): void {
    if (!this.#isEmpty) this.filled.push(this.fillStyle);
  }
  get context(): CanvasRenderingContext2D {
    return this as unknown as CanvasRenderingContext2D;
  }
}

function atRest(more: object = {}, attention = { selected: new Set<number>(), hover: null as number | null }): Stroke[] {
  const recorder = new Recorder();
  paintGround(recorder.context, dead(more).picture, palette, CAMERA, SIZE, attention);
  return recorder.strokes;
}

test("dead letters at rest: round dots in orange", () => {
  assert.deepEqual(atRest(), [{ colour: palette.dead, width: 2.5, dash: [1, 5], cap: "round" }]);
  assert.deepEqual(atRest({ dead: false }), [{ colour: palette.edge, width: 1.5, dash: [], cap: "round" }]);
});

test("dead letters that wait for an end look like all that wait", () => {
  for (const state of ["pending", "stopped"])
    assert.deepEqual(atRest({ state }), [{ colour: palette.edge, width: 1.5, dash: [7, 5], cap: "butt" }]);
});

test("dead letters under the pointer stay dots", () => {
  const [stroke] = atRest({}, { selected: new Set(), hover: 0 });
  assert.equal(stroke!.colour, palette.brand);
  assert.deepEqual(stroke!.dash, [1.2, 6]);
});

test("dead letters that pass: orange, never the colour of other messages", () => {
  const { store, picture } = dead();
  const activity = new LiveActivity(store);
  activity.grow(store.applyTraffic({ kind: "traffic", edges: [0, 3, 1] }));
  activity.advance(200, false);
  const recorder = new Recorder();
  activity.paint(recorder.context, picture, palette, CAMERA, SIZE);
  assert.deepEqual(recorder.filled, [palette.dead]);
  assert.ok(recorder.strokes.some(({ colour, dash }) => colour === palette.dead && dash.length === 2));
  assert.ok(recorder.strokes.every(({ colour }) => colour !== palette.brand));
});

test("the label of dead letters tells how many there have been", () => {
  const { store } = dead();
  const label = (detailed: boolean, hover: boolean) => labelOf(store.edges.get(0)!, store, detailed, hover);
  assert.deepEqual(label(false, false), { main: "dead letter", more: "0", ink: "ink" });
  store.applyTraffic({ kind: "traffic", edges: [0, 35, 0.5] });
  assert.deepEqual(label(true, false), { main: "dead letter", more: "35", ink: "ink" });
  assert.deepEqual(label(false, true), { main: "dead letter", more: "35 · 0.5/s", ink: "ink" });
  const waiting = dead({ state: "pending" }).store;
  assert.equal(labelOf(waiting.edges.get(0)!, waiting, true, true).main, "pending");
  const stopped = dead({ state: "stopped" }).store;
  assert.equal(labelOf(stopped.edges.get(0)!, stopped, true, true).main, "stopped");
});

test("dead letters in words", () => {
  const { store, picture } = dead({ state: "pending" });
  assert.deepEqual(hintsFor(store.edges.get(0)!), ["dead letters", "pending"]);
  assert.deepEqual(hintsFor({ ...store.edges.get(0)!, dead: false, state: "bound" }), []);
  const hover = { card: null, port: null, edge: picture.edges.get(0)! };
  assert.match(describeHover(hover, 1), /^turns\.out → failed\.in\ndead letters: what has been rejected\npending/);
});

test("an edge leads dead letters only where the kernel says so", () => {
  const edges = scene(1, CARDS, [rawEdge(0, "turns", "failed"), rawEdge(1, "turns", "failed", { dead: "yes" })]).edges;
  assert.deepEqual(edges.map((edge) => edge.dead), [false, false]);
});

test("a junction is there though nobody plays it", () => {
  const { store } = dead();
  assert.deepEqual([...store.cards.values()].map(isJunction), [true, false]);
});
