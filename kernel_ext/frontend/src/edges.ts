/**
 * Edge geometry. Pure, in model pixels.
 *
 * A path is `[x0, y0, cx, cy, ..., x1, y1]`: quadratics whose joints are the midpoints between
 * successive control points. The kernel computes the paths; only the preview while a card or a new
 * edge is being dragged is computed here.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What a quadratic chain can be drawn on: a canvas path or its like. */
export interface PathSink {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  quadraticCurveTo(cx: number, cy: number, x: number, y: number): void;
}

/** Draws a path on a sink. */
export function tracePath(path: readonly number[], sink: PathSink): void {
  const last = path.length - 2;
  if (last < 2) return;
  sink.moveTo(path[0]!, path[1]!);
  if (last === 2) sink.lineTo(path[2]!, path[3]!);
  for (let i = 2; i < last; i += 2) {
    const cx = path[i]!;
    const cy = path[i + 1]!;
    const ends = i + 2 === last;
    const x = ends ? path[last]! : (cx + path[i + 2]!) / 2;
    const y = ends ? path[last + 1]! : (cy + path[i + 3]!) / 2;
    sink.quadraticCurveTo(cx, cy, x, y);
  }
}

const STEPS = 8;

/** A path as short straight pieces: for places along it, hit tests and extents. */
export class Sampler {
  readonly length: number;
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  readonly #at: number[] = [];

  constructor(path: readonly number[]) {
    let x = path[0] ?? 0;
    let y = path[1] ?? 0;
    let length = 0;
    const add = (toX: number, toY: number): void => {
      if (this.#x.length > 0) length += Math.hypot(toX - x, toY - y);
      x = toX;
      y = toY;
      this.#x.push(x);
      this.#y.push(y);
      this.#at.push(length);
    };
    add(x, y);
    tracePath(path, {
      moveTo: () => undefined,
      lineTo: add,
      quadraticCurveTo: (cx, cy, endX, endY) => {
        const fromX = x;
        const fromY = y;
        for (let i = 1; i <= STEPS; i++) {
          const t = i / STEPS;
          const s = 1 - t;
          add(s * s * fromX + 2 * s * t * cx + t * t * endX, s * s * fromY + 2 * s * t * cy + t * t * endY);
        }
      },
    });
    this.length = length;
  }

  /** The place at a share of the length, 0 to 1. */
  place(share: number): Point {
    const wanted = Math.min(1, Math.max(0, share)) * this.length;
    let low = 0;
    let high = this.#at.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#at[middle]! <= wanted) low = middle;
      else high = middle;
    }
    const span = this.#at[high]! - this.#at[low]!;
    const t = span > 0 ? (wanted - this.#at[low]!) / span : 0;
    return {
      x: this.#x[low]! + (this.#x[high]! - this.#x[low]!) * t,
      y: this.#y[low]! + (this.#y[high]! - this.#y[low]!) * t,
    };
  }

  /** Distance from a point to the path. */
  distance(x: number, y: number): number {
    let best = Infinity;
    for (let i = 1; i < this.#x.length; i++) {
      const ax = this.#x[i - 1]!;
      const ay = this.#y[i - 1]!;
      const dx = this.#x[i]! - ax;
      const dy = this.#y[i]! - ay;
      const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
      best = Math.min(best, Math.hypot(x - ax - t * dx, y - ay - t * dy));
    }
    return best;
  }
}

/** A rectangle by its sides. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The box around all points of a path; the curve lies within, since control points span its hull. */
export function pathBox(path: readonly number[]): Box {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let i = 0; i + 1 < path.length; i += 2) {
    box.left = Math.min(box.left, path[i]!);
    box.right = Math.max(box.right, path[i]!);
    box.top = Math.min(box.top, path[i + 1]!);
    box.bottom = Math.max(box.bottom, path[i + 1]!);
  }
  return box;
}

const STUB = 28;
const CORNER = 14;

/**
 * A quick route for the time of a drag, from an outport to an inport. Forward it is one S; backward,
 * or onto the same card, it is a detour of right angles below both cards.
 */
export function previewRoute(from: Point, to: Point, below: number): number[] {
  const gap = to.x - from.x;
  if (gap >= 24)
    return [from.x, from.y, from.x + gap / 4, from.y, from.x + (gap * 3) / 4, to.y, to.x, to.y];
  return roundCorners([
    from,
    { x: from.x + STUB, y: from.y },
    { x: from.x + STUB, y: below },
    { x: to.x - STUB, y: below },
    { x: to.x - STUB, y: to.y },
    to,
  ]);
}

/** Straight pieces with round corners, as a path. */
export function roundCorners(points: readonly Point[]): number[] {
  const path: number[] = [points[0]!.x, points[0]!.y];
  const last = points.length - 1;
  for (let i = 1; i < last; i++) {
    const corner = points[i]!;
    // A control point before and after the corner: the joints are then half-way to the corner.
    for (const [other, isEnd] of [
      [points[i - 1]!, i === 1],
      [points[i + 1]!, i === last - 1],
    ] as const) {
      const distance = Math.hypot(other.x - corner.x, other.y - corner.y);
      const reach = Math.min(2 * CORNER, isEnd ? distance - 3 : distance / 2);
      const share = distance > 0 ? Math.max(0, reach) / distance : 0;
      const x = corner.x + (other.x - corner.x) * share;
      const y = corner.y + (other.y - corner.y) * share;
      if (other === points[i - 1]) path.push(x, y, corner.x, corner.y);
      else path.push(x, y);
    }
  }
  path.push(points[last]!.x, points[last]!.y);
  return path;
}

/** A path between two of equal length, `t` from 0 to 1. */
export function blendPaths(from: readonly number[], to: readonly number[], t: number): number[] {
  return to.map((value, i) => from[i]! + (value - from[i]!) * t);
}
