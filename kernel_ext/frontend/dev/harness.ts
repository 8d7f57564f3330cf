/**
 * Shows scenes through the real protocol with a model of the fake kind, in a plain page.
 *
 * `?scene=thermometer|turns|odd|remarks|60|1000&traffic=1&theme=dark`. A script finds the parts as `window.harness`.
 */
import widget from "../src/widget";
import { many, odd, type RawCard, type RawEdge, type RawScene, remarks, thermometer, turns } from "./scenes";

type Callback = (...args: never[]) => void;

/** A model like anywidget's, with a kernel behind it that answers `hello`, moves cards and connects. */
export class FakeModel {
  readonly sent: Record<string, unknown>[] = [];
  revision = 1;
  silent = false;
  readonly #scene: RawScene;
  readonly #callbacks = new Map<string, Set<Callback>>();
  readonly traits: Record<string, unknown> = { height: 420 };

  constructor(scene: RawScene) {
    this.#scene = scene;
  }

  get(name: string): unknown {
    return this.traits[name];
  }

  on(event: string, callback: Callback): void {
    if (!this.#callbacks.has(event)) this.#callbacks.set(event, new Set());
    this.#callbacks.get(event)!.add(callback);
  }

  off(event: string, callback?: Callback | null): void {
    if (callback) this.#callbacks.get(event)?.delete(callback);
  }

  get listeners(): number {
    return [...this.#callbacks.values()].reduce((sum, set) => sum + set.size, 0);
  }

  /** A message from the kernel, through JSON as on the wire. */
  tell(message: object): void {
    const copy = JSON.parse(JSON.stringify(message)) as never;
    for (const callback of this.#callbacks.get("msg:custom") ?? []) callback(copy);
  }

  patch(cards: RawCard[], edges: RawEdge[] = [], goneCards: string[] = [], goneEdges: number[] = []): void {
    const base = this.revision++;
    this.tell({ kind: "patch", base, revision: this.revision, cards, edges, gone_cards: goneCards, gone_edges: goneEdges });
  }

  send(content: unknown): void {
    const message = content as Record<string, unknown>;
    this.sent.push(message);
    if (this.silent) return;
    if (message.kind === "hello")
      setTimeout(() => this.tell({ kind: "scene", revision: this.revision, ...this.#scene }), 5);
    if (message.kind === "disconnect") setTimeout(() => this.patch([], [], [], [message.edge as number]), 20);
  }
}

const query = new URLSearchParams(location.search);
const wanted = query.get("scene") ?? "thermometer";
const known: Record<string, () => RawScene> = { thermometer, turns, odd, remarks };
const scene = known[wanted]?.() ?? many(Number(wanted));
if (query.get("theme") === "dark") document.body.dataset.jpThemeLight = "false";
if (query.has("plain")) {
  document.querySelector("style")!.remove();
  document.body.style.background = query.get("plain") ?? "";
}

const model = new FakeModel(scene);
model.traits.height = Number(query.get("height") ?? (wanted.match(/^\d/) ? 662 : 442));
model.silent = query.has("silent");
const { initialize, render } = widget();
const started = performance.now();
const cleanups: (() => void)[] = [];
initialize({ model });
const first = document.getElementById("first")!;
if (query.has("width")) first.style.maxWidth = `${query.get("width")}px`;
cleanups.push(render({ model, el: first }));

/** Counts per second on some edges, coalesced into 30 messages a second. */
function startTraffic(perSecond: number): () => void {
  const counts = new Map<number, number>();
  const numbers = scene.edges.filter((edge) => edge.state !== "pending").map((edge) => edge.n);
  let at = 0;
  const timer = setInterval(() => {
    const flat: number[] = [];
    for (let i = 0; i < perSecond / 30; i++) {
      const n = numbers[(at = (at + 7) % numbers.length)]!;
      counts.set(n, (counts.get(n) ?? 0) + 1);
      flat.push(n, counts.get(n)!, perSecond / numbers.length);
    }
    model.tell({ kind: "traffic", edges: flat });
  }, 1000 / 30);
  return () => clearInterval(timer);
}

/** Frames per second over a time, counted by animation frames. */
function measureFrames(milliseconds: number): Promise<number> {
  return new Promise((resolve) => {
    let frames = 0;
    const from = performance.now();
    const tick = (now: number): void => {
      if (now - from >= milliseconds) resolve((frames * 1000) / (now - from));
      else {
        frames++;
        requestAnimationFrame(tick);
      }
    };
    requestAnimationFrame(tick);
  });
}

/** Milliseconds from `initialize` until a card is on the canvas. */
const firstPaint = new Promise<number>((resolve) => {
  const look = (): void => {
    if (document.querySelector<HTMLElement>(".msgflo-picture")?.dataset.revision)
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)));
    else requestAnimationFrame(look);
  };
  look();
});

Object.assign(window, { harness: { model, scene, startTraffic, measureFrames, firstPaint, render, cleanups, FakeModel } });
if (query.has("traffic")) startTraffic(Number(query.get("traffic")));
