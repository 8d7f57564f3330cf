/**
 * The messages between the kernel and this front end, as types, and their reading.
 *
 * The Python module `picture/scene.py` defines the protocol. Fields that have their default value
 * are left out on the wire, so `read…` fills them in; whatever is not as promised becomes a harmless
 * default instead of an exception in the middle of drawing. Names are any text and stay untouched.
 */

export type CardState = "running" | "stale" | "absent" | "error";
export type EdgeState = "bound" | "pending" | "shared" | "stopped";
export type Side = "in" | "out";

export interface Port {
  readonly id: string;
  /** Height of the centre, relative to the card's upper edge. */
  readonly y: number;
  readonly linked: boolean;
  /** Text of the initial packet, or null. */
  readonly literal: string | null;
}

export interface Card {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly subtitle: string;
  readonly icon: string;
  readonly state: CardState;
  readonly workers: number;
  readonly errors: number;
  readonly local: boolean;
  readonly pinned: boolean;
  /** What is probably not meant so, in lines; empty where nothing is. */
  readonly remark: string;
  readonly inports: readonly Port[];
  readonly outports: readonly Port[];
}

/** It is there though nobody plays it: no participant. */
export function isJunction({ state, workers, local }: Card): boolean {
  return state === "running" && workers === 0 && !local;
}

export interface Edge {
  readonly n: number;
  readonly source: string;
  readonly outport: string;
  readonly target: string;
  readonly inport: string;
  readonly state: EdgeState;
  /** It leads on what has been rejected. */
  readonly dead: boolean;
  /** As for cards. */
  readonly remark: string;
  /** A chain of quadratics: end, control points, end; see `picture/scene.py`. */
  readonly path: readonly number[];
}

export interface SceneMessage {
  readonly kind: "scene";
  readonly revision: number;
  readonly name: string;
  readonly cards: readonly Card[];
  readonly edges: readonly Edge[];
}

export interface PatchMessage {
  readonly kind: "patch";
  readonly base: number;
  readonly revision: number;
  readonly cards: readonly Card[];
  readonly edges: readonly Edge[];
  readonly goneCards: readonly string[];
  readonly goneEdges: readonly number[];
}

/** Flat triples: edge number, total count, messages a second. */
export interface TrafficMessage {
  readonly kind: "traffic";
  readonly edges: readonly number[];
}

export interface SaidMessage {
  readonly kind: "said";
  readonly text: string;
  readonly error: boolean;
}

export type FromKernel = SceneMessage | PatchMessage | TrafficMessage | SaidMessage;

export type ToKernel =
  | { kind: "hello" }
  | { kind: "move"; cards: Record<string, [number, number]> }
  | { kind: "connect"; source: string; outport: string; target: string; inport: string }
  | { kind: "disconnect"; edge: number }
  | { kind: "tidy" };

type Raw = Record<string, unknown>;

const CARD_STATES: readonly string[] = ["running", "stale", "absent", "error"];
/** Nothing passes for the moment: an end is absent, or the network is stopped. Pure. */
export function isWaiting(state: EdgeState): boolean {
  return state === "pending" || state === "stopped";
}

const EDGE_STATES: readonly string[] = ["bound", "pending", "shared", "stopped"];

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown, otherwise = 0): number =>
  typeof value === "number" && Number.isFinite(value) ? value : otherwise;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isRaw = (value: unknown): value is Raw => typeof value === "object" && value !== null;
const numbers = (value: unknown): number[] => list(value).map((item) => number(item));

function readPort(raw: Raw): Port {
  return {
    id: text(raw.id),
    y: number(raw.y),
    linked: raw.linked === true,
    literal: typeof raw.literal === "string" ? raw.literal : null,
  };
}

function readCard(raw: Raw): Card {
  const state = text(raw.state);
  return {
    id: text(raw.id),
    x: number(raw.x),
    y: number(raw.y),
    w: Math.max(1, number(raw.w, 160)),
    h: Math.max(1, number(raw.h, 88)),
    subtitle: text(raw.subtitle),
    icon: text(raw.icon),
    state: (CARD_STATES.includes(state) ? state : "running") as CardState,
    workers: number(raw.workers, 1),
    errors: number(raw.errors),
    local: raw.local === true,
    pinned: raw.pinned === true,
    remark: text(raw.remark),
    inports: list(raw.inports).filter(isRaw).map(readPort),
    outports: list(raw.outports).filter(isRaw).map(readPort),
  };
}

function readEdge(raw: Raw): Edge {
  const state = text(raw.state);
  const path = numbers(raw.path);
  return {
    n: number(raw.n, -1),
    source: text(raw.source),
    outport: text(raw.outport),
    target: text(raw.target),
    inport: text(raw.inport),
    state: (EDGE_STATES.includes(state) ? state : "bound") as EdgeState,
    dead: raw.dead === true,
    remark: text(raw.remark),
    path: path.length >= 4 && path.length % 2 === 0 ? path : [],
  };
}

const readCards = (value: unknown): Card[] => list(value).filter(isRaw).map(readCard);
const readEdges = (value: unknown): Edge[] => list(value).filter(isRaw).map(readEdge);

/** Reads one custom message; null if it is none that this front end knows. */
export function readMessage(raw: unknown): FromKernel | null {
  if (!isRaw(raw)) return null;
  switch (raw.kind) {
    case "scene":
      return {
        kind: "scene",
        revision: number(raw.revision),
        name: text(raw.name),
        cards: readCards(raw.cards),
        edges: readEdges(raw.edges),
      };
    case "patch":
      return {
        kind: "patch",
        base: number(raw.base),
        revision: number(raw.revision),
        cards: readCards(raw.cards),
        edges: readEdges(raw.edges),
        goneCards: list(raw.gone_cards).map(text),
        goneEdges: numbers(raw.gone_edges),
      };
    case "traffic":
      return { kind: "traffic", edges: numbers(raw.edges) };
    case "said":
      return { kind: "said", text: text(raw.text), error: raw.error === true };
    default:
      return null;
  }
}
