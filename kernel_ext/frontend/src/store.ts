/**
 * The scene store: what the kernel has told so far. Pure: no DOM, no clock, no sending.
 *
 * One store per widget model, shared by all its views. Views read it and are told, in a `Change`,
 * which ids were touched, so that a view never has to compare whole scenes.
 */
import type { Card, Edge, PatchMessage, SceneMessage, TrafficMessage } from "./protocol";

/** Traffic of one edge as last told. */
export interface Traffic {
  /** Total since the edge was bound. */
  count: number;
  /** Messages a second. */
  rate: number;
}

/** What a scene or a patch did, by id. `whole` means that nothing seen before counts any more. */
export interface Change {
  readonly whole: boolean;
  readonly cards: readonly string[];
  readonly goneCards: readonly string[];
  readonly edges: readonly number[];
  readonly goneEdges: readonly number[];
}

/** One edge with new traffic; `grown` messages have passed since the last report. */
export interface Growth {
  readonly n: number;
  readonly grown: number;
}

export class SceneStore {
  /** In order of first appearance, which is the order in which lists show them. */
  readonly cards = new Map<string, Card>();
  readonly edges = new Map<number, Edge>();
  readonly traffic = new Map<number, Traffic>();
  name = "";
  /** Revision of the scene, or null before the first one. */
  revision: number | null = null;

  /** Replaces everything. Traffic of edges that are still there is kept: their numbers are for ever. */
  applyScene(message: SceneMessage): Change {
    const goneCards = new Set(this.cards.keys());
    const goneEdges = new Set(this.edges.keys());
    this.cards.clear();
    this.edges.clear();
    for (const card of message.cards) {
      this.cards.set(card.id, card);
      goneCards.delete(card.id);
    }
    for (const edge of message.edges) {
      this.edges.set(edge.n, edge);
      goneEdges.delete(edge.n);
    }
    for (const n of goneEdges) this.traffic.delete(n);
    this.name = message.name;
    this.revision = message.revision;
    return {
      whole: true,
      cards: [...this.cards.keys()],
      goneCards: [...goneCards],
      edges: [...this.edges.keys()],
      goneEdges: [...goneEdges],
    };
  }

  /** Applies a patch; null if it builds on another revision, and then nothing is changed. */
  applyPatch(message: PatchMessage): Change | null {
    if (this.revision !== message.base) return null;
    for (const n of message.goneEdges) {
      this.edges.delete(n);
      this.traffic.delete(n);
    }
    for (const id of message.goneCards) this.cards.delete(id);
    for (const card of message.cards) this.cards.set(card.id, card);
    for (const edge of message.edges) this.edges.set(edge.n, edge);
    this.revision = message.revision;
    return {
      whole: false,
      cards: message.cards.map((card) => card.id),
      goneCards: message.goneCards,
      edges: message.edges.map((edge) => edge.n),
      goneEdges: message.goneEdges,
    };
  }

  /**
   * Takes counts and rates; edges that are not in the scene are ignored.
   *
   * An edge met for the first time may bring an old total (the answer to `hello`), which must not
   * look like messages passing now: it has grown only if its rate says that something is passing.
   */
  applyTraffic(message: TrafficMessage): Growth[] {
    const grown: Growth[] = [];
    const flat = message.edges;
    for (let i = 0; i + 2 < flat.length; i += 3) {
      const n = flat[i]!;
      const count = flat[i + 1]!;
      const rate = flat[i + 2]!;
      if (!this.edges.has(n)) continue;
      const known = this.traffic.get(n);
      if (known) {
        grown.push({ n, grown: Math.max(0, count - known.count) });
        known.count = count;
        known.rate = rate;
      } else {
        grown.push({ n, grown: rate > 0 ? count : 0 });
        this.traffic.set(n, { count, rate });
      }
    }
    return grown;
  }
}
