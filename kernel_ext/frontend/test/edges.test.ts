import assert from "node:assert/strict";
import { test } from "node:test";
import { pathBox, previewRoute, Sampler, tracePath } from "../src/edges";

const near = (actual: number, expected: number, by = 0.5): void =>
  assert.ok(Math.abs(actual - expected) <= by, `${actual} is not near ${expected}`);

/** A path as the segments it is drawn with. */
function segments(path: number[]): (string | number)[][] {
  const drawn: (string | number)[][] = [];
  tracePath(path, {
    moveTo: (x, y) => drawn.push(["M", x, y]),
    lineTo: (x, y) => drawn.push(["L", x, y]),
    quadraticCurveTo: (cx, cy, x, y) => drawn.push(["Q", cx, cy, x, y]),
  });
  return drawn;
}

test("joints are the midpoints between control points", () => {
  assert.deepEqual(segments([0, 0, 10, 0, 30, 40, 40, 40]), [
    ["M", 0, 0],
    ["Q", 10, 0, 20, 20],
    ["Q", 30, 40, 40, 40],
  ]);
  assert.deepEqual(segments([0, 0, 8, 8]), [["M", 0, 0], ["L", 8, 8]]);
  assert.deepEqual(segments([]), []);
});

test("places along a path", () => {
  const line = new Sampler([0, 0, 50, 0, 100, 0]);
  near(line.length, 100);
  near(line.place(0.25).x, 25);
  assert.deepEqual(line.place(2), { x: 100, y: 0 });
  const curve = new Sampler([0, 0, 25, 0, 75, 100, 100, 100]);
  near(curve.place(0.5).x, 50);
  near(curve.place(0.5).y, 50);
});

test("distance from a path", () => {
  const line = new Sampler([0, 0, 50, 0, 100, 0]);
  near(line.distance(50, 7), 7, 1e-9);
  near(line.distance(103, 4), 5, 1e-9);
});

test("preview: forward is one S that leaves and enters horizontally", () => {
  assert.deepEqual(previewRoute({ x: 0, y: 0 }, { x: 100, y: 40 }, 999), [0, 0, 25, 0, 75, 40, 100, 40]);
});

test("preview: backward goes out, below, and in again, at right angles", () => {
  const path = previewRoute({ x: 160, y: 64 }, { x: 0, y: 64 }, 200);
  const box = pathBox(path);
  assert.deepEqual(box, { left: -28, top: 64, right: 188, bottom: 200 });
  const sampler = new Sampler(path);
  near(sampler.distance(80, 200), 0);
  near(sampler.distance(188, 130), 0);
  near(sampler.distance(-28, 130), 0);
});

test("preview: no control point lies on its end, and all are numbers", () => {
  for (const dx of [-200, -28, -1, 0, 1, 23, 24, 56, 400])
    for (const dy of [-100, 0, 3, 24, 100]) {
      const path = previewRoute({ x: 0, y: 0 }, { x: dx, y: dy }, Math.max(0, dy) + 24);
      assert.ok(path.every(Number.isFinite), `${dx},${dy}`);
      assert.ok(Math.hypot(path[2]!, path[3]!) > 2, `${dx},${dy}`);
      assert.ok(Math.hypot(path.at(-4)! - dx, path.at(-3)! - dy) > 2, `${dx},${dy}`);
    }
});
