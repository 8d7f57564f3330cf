/**
 * The picture of one view: what the store holds, at the places where it is drawn right now.
 *
 * Places differ from the store's while a card is dragged or slides to a new place. Everything that
 * is asked often (edges of a card, what lies under the pointer, extents) is answered here. Pure: no
 * canvas, no cytoscape.
 */
import { type Box, pathBox, type Point, previewRoute, Sampler } from "./edges";
import type { Card, Edge, Port, Side } from "./protocol";
import type { Change, SceneStore } from "./store";

export interface DrawnCard {
  card: Card;
  x: number;
  y: number;
}

/** An edge with its present path; derived geometry is made when first asked for. */
export class DrawnEdge {
  edge: Edge;
  #path: readonly number[];
  #sampler: Sampler | null = null;
  #box: Box | null = null;

  constructor(edge: Edge) {
    this.edge = edge;
    this.#path = edge.path;
  }

  get path(): readonly number[] {
    return this.#path;
  }

  set path(path: readonly number[]) {
    this.#path = path;
    this.#sampler = null;
    this.#box = null;
  }

  get sampler(): Sampler {
    return (this.#sampler ??= new Sampler(this.#path));
  }

  get box(): Box {
    return (this.#box ??= pathBox(this.#path));
  }
}

/** A port on the picture. */
export interface PortPlace {
  readonly card: DrawnCard;
  readonly side: Side;
  readonly port: Port;
  readonly at: Point;
}

const overlaps = (a: Box, b: Box): boolean =>
  a.left <= b.right && a.right >= b.left && a.top <= b.bottom && a.bottom >= b.top;

/** Whether something with this extent is at least partly inside the view. */
export const isVisible = overlaps;

/** The extent of a card with all that sticks out of it: ports, badge, sheets, shadow. */
export function cardBox({ card, x, y }: DrawnCard): Box {
  return { left: x - 10, top: y - 12, right: x + card.w + 10, bottom: y + card.h + 12 };
}

export class Picture {
  readonly cards = new Map<string, DrawnCard>();
  readonly edges = new Map<number, DrawnEdge>();
  readonly #edgesOf = new Map<string, Set<number>>();

  /** Takes over a change. Cards that `isHeld` (by the user's hand) keep their place. */
  apply(store: SceneStore, change: Change, isHeld: (id: string) => boolean = () => false): void {
    for (const id of change.goneCards) this.cards.delete(id);
    for (const n of change.goneEdges) this.#removeEdge(n);
    for (const id of change.cards) {
      const card = store.cards.get(id)!;
      const drawn = this.cards.get(id);
      if (!drawn) this.cards.set(id, { card, x: card.x, y: card.y });
      else {
        drawn.card = card;
        if (isHeld(id)) continue;
        drawn.x = card.x;
        drawn.y = card.y;
      }
    }
    for (const n of change.edges) this.#putEdge(store.edges.get(n)!);
    for (const id of change.cards) if (isHeld(id)) this.rerouteAt(id);
  }

  #putEdge(edge: Edge): void {
    const drawn = this.edges.get(edge.n);
    if (drawn) {
      this.#unlink(drawn.edge);
      drawn.edge = edge;
      drawn.path = edge.path;
    } else this.edges.set(edge.n, new DrawnEdge(edge));
    for (const id of [edge.source, edge.target]) {
      const numbers = this.#edgesOf.get(id);
      if (numbers) numbers.add(edge.n);
      else this.#edgesOf.set(id, new Set([edge.n]));
    }
  }

  #removeEdge(n: number): void {
    const drawn = this.edges.get(n);
    if (!drawn) return;
    this.#unlink(drawn.edge);
    this.edges.delete(n);
  }

  #unlink(edge: Edge): void {
    for (const id of [edge.source, edge.target]) {
      const numbers = this.#edgesOf.get(id);
      numbers?.delete(edge.n);
      if (numbers?.size === 0) this.#edgesOf.delete(id);
    }
  }

  /** The edges at a card, in order of their numbers. */
  edgesAt(id: string): DrawnEdge[] {
    const numbers = [...(this.#edgesOf.get(id) ?? [])].sort((a, b) => a - b);
    return numbers.flatMap((n) => this.edges.get(n) ?? []);
  }

  /** The edges at one port. */
  edgesAtPort(id: string, side: Side, port: string): DrawnEdge[] {
    return this.edgesAt(id).filter(({ edge }) =>
      side === "out" ? edge.source === id && edge.outport === port : edge.target === id && edge.inport === port,
    );
  }

  /** Puts a card somewhere; its edges follow by a preview route. */
  moveCard(id: string, x: number, y: number): void {
    const drawn = this.cards.get(id);
    if (!drawn) return;
    drawn.x = x;
    drawn.y = y;
    this.rerouteAt(id);
  }

  /** Gives all edges at a card a preview route. */
  rerouteAt(id: string): void {
    for (const drawn of this.edgesAt(id)) drawn.path = this.previewPath(drawn.edge) ?? drawn.path;
  }

  /** A quick route of an edge between the present places of its cards; null if an end is unknown. */
  previewPath(edge: Edge): number[] | null {
    const source = this.cards.get(edge.source);
    const target = this.cards.get(edge.target);
    const out = source?.card.outports.find((port) => port.id === edge.outport);
    const into = target?.card.inports.find((port) => port.id === edge.inport);
    if (!source || !target || !out || !into) return null;
    // The store's path may end a little off the border (at the glyph's tip); keep that.
    const path = edge.path;
    const gapOut = path.length >= 4 ? path[0]! - source.card.x - source.card.w : 0;
    const gapIn = path.length >= 4 ? path[path.length - 2]! - target.card.x : 0;
    const near = (gap: number): number => (Math.abs(gap) <= 12 ? gap : 0);
    return previewRoute(
      { x: source.x + source.card.w + near(gapOut), y: source.y + out.y },
      { x: target.x + near(gapIn), y: target.y + into.y },
      Math.max(source.y + source.card.h, target.y + target.card.h) + 24,
    );
  }

  /** The box around everything drawn, or null if there is nothing. */
  bounds(): Box | null {
    if (this.cards.size === 0) return null;
    const box: Box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    const grow = (other: Box): void => {
      box.left = Math.min(box.left, other.left);
      box.top = Math.min(box.top, other.top);
      box.right = Math.max(box.right, other.right);
      box.bottom = Math.max(box.bottom, other.bottom);
    };
    for (const drawn of this.cards.values()) grow(cardBox(drawn));
    for (const drawn of this.edges.values()) if (drawn.path.length >= 4) grow(drawn.box);
    return box;
  }

  /** The uppermost card at a place. */
  cardAt(x: number, y: number): DrawnCard | null {
    let found: DrawnCard | null = null;
    for (const drawn of this.cards.values())
      if (x >= drawn.x && x <= drawn.x + drawn.card.w && y >= drawn.y && y <= drawn.y + drawn.card.h) found = drawn;
    return found;
  }

  /** The nearest edge within a radius. */
  edgeAt(x: number, y: number, radius: number): DrawnEdge | null {
    let found: DrawnEdge | null = null;
    let nearest = radius;
    const around = { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
    for (const drawn of this.edges.values()) {
      if (drawn.path.length < 4 || !overlaps(drawn.box, around)) continue;
      const distance = drawn.sampler.distance(x, y);
      if (distance <= nearest) {
        nearest = distance;
        found = drawn;
      }
    }
    return found;
  }

  /** The nearest port within a radius that is wanted. */
  portAt(x: number, y: number, radius: number, wanted: (place: PortPlace) => boolean = () => true): PortPlace | null {
    let found: PortPlace | null = null;
    let nearest = radius;
    for (const drawn of this.cards.values()) {
      const { card } = drawn;
      if (x < drawn.x - radius || x > drawn.x + card.w + radius) continue;
      if (y < drawn.y - radius || y > drawn.y + card.h + radius) continue;
      for (const place of portsOf(drawn)) {
        const distance = Math.hypot(x - place.at.x, y - place.at.y);
        if (distance > nearest || !wanted(place)) continue;
        nearest = distance;
        found = place;
      }
    }
    return found;
  }
}

/** All ports of a card, inports first. */
export function* portsOf(drawn: DrawnCard): Generator<PortPlace> {
  for (const port of drawn.card.inports)
    yield { card: drawn, side: "in", port, at: { x: drawn.x, y: drawn.y + port.y } };
  for (const port of drawn.card.outports)
    yield { card: drawn, side: "out", port, at: { x: drawn.x + drawn.card.w, y: drawn.y + port.y } };
}
