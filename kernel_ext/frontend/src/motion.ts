/** Cards slide to new places instead of jumping. */
import { blendPaths } from "./edges";
import type { Graph } from "./graph";
import type { Picture } from "./picture";
import type { Change } from "./store";

const DURATION_MS = 200;
/** With more cards than this on the move, sliding would only stutter. */
const MAX_CARDS = 250;

interface CardMove {
  readonly id: string;
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
}

interface EdgeMove {
  readonly n: number;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Where things were before a change. */
export interface Before {
  readonly cards: ReadonlyMap<string, readonly [number, number]>;
  readonly paths: ReadonlyMap<number, readonly number[]>;
}

/** Remembers the places of the given things. */
export function remember(picture: Picture, cards: readonly string[], edges: readonly number[]): Before {
  const places = new Map<string, readonly [number, number]>();
  for (const id of cards) {
    const drawn = picture.cards.get(id);
    if (drawn) places.set(id, [drawn.x, drawn.y]);
  }
  const paths = new Map<number, readonly number[]>();
  for (const n of edges) {
    const drawn = picture.edges.get(n);
    if (drawn) paths.set(n, drawn.path);
  }
  return { cards: places, paths };
}

/** One slide. The picture already has the new places; `at` puts it somewhere on the way. */
export class Slide {
  readonly #cards: CardMove[] = [];
  readonly #edges: EdgeMove[] = [];
  #elapsed = 0;

  /** A slide from before to now, or null if nothing has moved, or too much. */
  static from(before: Before, picture: Picture): Slide | null {
    const slide = new Slide();
    for (const [id, [fromX, fromY]] of before.cards) {
      const drawn = picture.cards.get(id);
      if (drawn && (drawn.x !== fromX || drawn.y !== fromY))
        slide.#cards.push({ id, fromX, fromY, toX: drawn.x, toY: drawn.y });
    }
    if (slide.#cards.length === 0 || slide.#cards.length > MAX_CARDS) return null;
    for (const [n, from] of before.paths) {
      const to = picture.edges.get(n)?.path;
      if (to && to !== from) slide.#edges.push({ n, from, to });
    }
    return slide;
  }

  get cards(): readonly string[] {
    return this.#cards.map((move) => move.id);
  }

  /** Lets time pass; false when everything is in its place. */
  advance(picture: Picture, elapsed: number, isHeld: (id: string) => boolean): boolean {
    this.#elapsed += elapsed;
    const share = Math.min(1, this.#elapsed / DURATION_MS);
    const eased = 1 - (1 - share) ** 3;
    for (const { id, fromX, fromY, toX, toY } of this.#cards) {
      const drawn = picture.cards.get(id);
      if (!drawn || isHeld(id)) continue;
      drawn.x = fromX + (toX - fromX) * eased;
      drawn.y = fromY + (toY - fromY) * eased;
    }
    for (const { n, from, to } of this.#edges) {
      const drawn = picture.edges.get(n);
      if (!drawn) continue;
      if (share === 1) drawn.path = to;
      else if (from.length === to.length) drawn.path = blendPaths(from, to, eased);
      else drawn.path = picture.previewPath(drawn.edge) ?? to;
    }
    return share < 1;
  }

  /** Puts everything in its place at once. */
  finish(picture: Picture, isHeld: (id: string) => boolean): void {
    this.advance(picture, DURATION_MS, isHeld);
  }
}

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/** True if the user has asked for less motion. */
export function prefersStillness(): boolean {
  return reducedMotion.matches;
}

/** The slide of one view: started by changes, moved on by frames. */
export class Motion {
  readonly #picture: Picture;
  readonly #graph: Graph;
  #slide: Slide | null = null;
  #next: Slide | null = null;

  constructor(picture: Picture, graph: Graph) {
    this.#picture = picture;
    this.#graph = graph;
  }

  get moving(): boolean {
    return this.#slide !== null;
  }

  /** Lets a change happen, and prepares the slide from the places before. */
  change(change: Change, apply: () => void): void {
    const before = remember(this.#picture, change.cards, change.edges);
    // What is still on the way has arrived, except for what the new change moves on from here.
    if (this.#slide) {
      this.#slide.finish(this.#picture, (id) => this.#graph.isHeld(id) || before.cards.has(id));
      this.#graph.placeCards(this.#slide.cards, this.#picture);
      this.#slide = null;
    }
    apply();
    this.#next = prefersStillness() ? null : Slide.from(before, this.#picture);
  }

  /** Starts the slide; the graph has the final places by now. */
  start(): void {
    this.#slide = this.#next;
    this.#next = null;
    if (this.#slide) this.#move(0);
  }

  /** Lets time pass; true if something has moved. */
  advance(elapsed: number): boolean {
    if (!this.#slide) return false;
    this.#move(elapsed);
    return true;
  }

  #move(elapsed: number): void {
    const slide = this.#slide!;
    if (slide.advance(this.#picture, elapsed, (id) => this.#graph.isHeld(id))) return;
    this.#slide = null;
    // Grabbing goes by the graph's places; only the last ones matter.
    this.#graph.placeCards(slide.cards, this.#picture);
  }
}
