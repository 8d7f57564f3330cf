/** Short ways to make wire messages and what follows from them. */
import { Picture } from "../src/picture";
import { type PatchMessage, readMessage, type SceneMessage } from "../src/protocol";
import { SceneStore } from "../src/store";

export const rawCard = (id: string, x = 0, y = 0, more: object = {}): object => ({
  id,
  x,
  y,
  w: 160,
  h: 112,
  inports: [{ id: "in", y: 64 }],
  outports: [{ id: "out", y: 64 }, { id: "log", y: 88 }],
  ...more,
});

export const rawEdge = (n: number, source: string, target: string, more: object = {}): object => ({
  n,
  source,
  outport: "out",
  target,
  inport: "in",
  path: [160, 64, 190, 64, 220, 64, 250, 64],
  ...more,
});

export function scene(revision: number, cards: object[], edges: object[] = []): SceneMessage {
  return readMessage({ kind: "scene", revision, name: "net", cards, edges }) as SceneMessage;
}

export function patch(base: number, revision: number, more: object = {}): PatchMessage {
  const empty = { cards: [], edges: [], gone_cards: [], gone_edges: [] };
  return readMessage({ kind: "patch", base, revision, ...empty, ...more }) as PatchMessage;
}

/** A store and a picture of it. */
export function pictureOf(cards: object[], edges: object[] = []): { store: SceneStore; picture: Picture } {
  const store = new SceneStore();
  const picture = new Picture();
  picture.apply(store, store.applyScene(scene(1, cards, edges)));
  return { store, picture };
}
