/**
 * The accessible twin: the same network as lists of text and buttons, out of sight.
 *
 * Screen readers read it, the keyboard moves in it, and tests look at it. One button of it is a tab
 * stop at a time (roving tabindex); `keyboard.ts` decides which. Names are set as text only. A large
 * twin is built in the browser's idle time, so that it never delays the picture.
 */
import { make, setAttributes, setText } from "./dom";
import { formatRate, spoken } from "./format";
import { type Card, type Edge, isJunction, type Port, type Side } from "./protocol";
import type { Change, SceneStore } from "./store";

const LAZY_ABOVE = 200;
const SLICE_MS = 6;
const COUNTS_MS = 2_000;

const whenIdle: (work: () => void) => number =
  typeof requestIdleCallback === "function"
    ? (work) => requestIdleCallback(work, { timeout: 1_000 })
    : (work) => setTimeout(work, 50) as unknown as number;
const cancelIdle: (handle: number) => void =
  typeof cancelIdleCallback === "function" ? cancelIdleCallback : clearTimeout;

/** `thermo.out → display.text` */
export function describeEdge(edge: Edge): string {
  return `${spoken(edge.source)}.${spoken(edge.outport)} → ${spoken(edge.target)}.${spoken(edge.inport)}`;
}

/** What else is to be known of an edge: `dead letters`, `pending`. Pure. */
export function hintsFor({ state, dead, remark }: Edge): string[] {
  return [dead ? "dead letters" : "", EDGE_HINT[state], ...remark.split("\n")].filter(Boolean);
}

const EDGE_HINT: Record<Edge["state"], string> = {
  bound: "",
  pending: "pending",
  shared: "already connected: same queue",
  stopped: "stopped: messages wait",
};

interface CardItem {
  readonly item: HTMLLIElement;
  readonly button: HTMLButtonElement;
  readonly subtitle: HTMLElement;
  readonly ports: Record<Side, HTMLUListElement>;
  card: Card | null;
}

interface EdgeItem {
  readonly item: HTMLLIElement;
  readonly button: HTMLButtonElement;
}

export class Twin {
  readonly element: HTMLElement;
  readonly #store: SceneStore;
  readonly #summary: HTMLElement;
  readonly #cardList = make("ul", "", { "aria-label": "Participants" });
  readonly #edgeList = make("ul", "", { "aria-label": "Connections" });
  readonly #cards = new Map<string, CardItem>();
  readonly #edges = new Map<number, EdgeItem>();
  readonly #cardsToDo = new Set<string>();
  readonly #edgesToDo = new Set<number>();
  readonly #countsToDo = new Set<number>();
  #idle = 0;
  #countTimer: ReturnType<typeof setTimeout> | undefined;
  #countsWritten = -COUNTS_MS;

  constructor(store: SceneStore, summaryId: string) {
    this.#store = store;
    this.#summary = make("p", "", { id: summaryId });
    this.element = make("div", "msgflo-hidden msgflo-twin", {}, this.#summary, this.#cardList, this.#edgeList);
  }

  apply(change: Change): void {
    for (const id of change.goneCards) {
      this.#cardsToDo.delete(id);
      this.#cards.get(id)?.item.remove();
      this.#cards.delete(id);
    }
    for (const n of change.goneEdges) {
      this.#edgesToDo.delete(n);
      this.#countsToDo.delete(n);
      this.#edges.get(n)?.item.remove();
      this.#edges.delete(n);
    }
    for (const id of change.cards) this.#cardsToDo.add(id);
    for (const n of change.edges) this.#edgesToDo.add(n);
    if (this.#store.cards.size > LAZY_ABOVE) this.#workLater();
    else this.#work(Infinity);
  }

  /** Counts change all the time; they are written at most every two seconds. */
  noteTraffic(numbers: Iterable<number>): void {
    for (const n of numbers) this.#countsToDo.add(n);
    const rest = this.#countsWritten + COUNTS_MS - performance.now();
    this.#countTimer ??= setTimeout(() => {
      this.#countTimer = undefined;
      this.#countsWritten = performance.now();
      if (this.#store.edges.size > LAZY_ABOVE) this.#workLater();
      else this.#writeCounts(Infinity);
    }, Math.max(0, rest));
  }

  setSummary(text: string): void {
    setText(this.#summary, text);
  }

  cardButton(id: string): HTMLButtonElement | undefined {
    return this.#cards.get(id)?.button;
  }

  edgeButton(n: number): HTMLButtonElement | undefined {
    return this.#edges.get(n)?.button;
  }

  portButtons(id: string): HTMLButtonElement[] {
    const item = this.#cards.get(id)?.item;
    return item ? [...item.querySelectorAll<HTMLButtonElement>("button[data-port]")] : [];
  }

  get firstButton(): HTMLButtonElement | null {
    return this.element.querySelector("button");
  }

  destroy(): void {
    cancelIdle(this.#idle);
    clearTimeout(this.#countTimer);
    this.element.remove();
  }

  #workLater(): void {
    if (this.#idle) return;
    this.#idle = whenIdle(() => {
      this.#idle = 0;
      const until = performance.now() + SLICE_MS;
      this.#work(until);
      this.#writeCounts(until);
      const left = this.#cardsToDo.size + this.#edgesToDo.size + (this.#countTimer ? 0 : this.#countsToDo.size);
      if (left > 0) this.#workLater();
    });
  }

  #work(until: number): void {
    for (const id of this.#cardsToDo) {
      this.#cardsToDo.delete(id);
      const card = this.#store.cards.get(id);
      if (card) this.#putCard(card);
      if (performance.now() > until) return;
    }
    for (const n of this.#edgesToDo) {
      this.#edgesToDo.delete(n);
      const edge = this.#store.edges.get(n);
      if (edge) this.#putEdge(edge);
      if (performance.now() > until) return;
    }
  }

  #putCard(card: Card): void {
    let entry = this.#cards.get(card.id);
    if (!entry) {
      const button = make("button", "", { type: "button", tabindex: -1, "data-card": card.id });
      const subtitle = make("span", "", { "data-subtitle": true });
      const ports = {
        in: make("ul", "", { "aria-label": "Inports" }),
        out: make("ul", "", { "aria-label": "Outports" }),
      };
      const item = make("li", "", { "data-participant": card.id }, button, " ", subtitle, ports.in, ports.out);
      entry = { item, button, subtitle, ports, card: null };
      this.#cards.set(card.id, entry);
      this.#cardList.append(item);
    }
    setAttributes(entry.item, {
      "data-state": card.state,
      "data-workers": card.workers,
      "data-errors": card.errors,
      "data-local": card.local,
      "data-pinned": card.pinned,
      "data-remark": card.remark || null,
    });
    const workers = card.workers > 1 ? `, ${card.workers} workers` : "";
    // A junction does not run: it is there, or what its second line says.
    const state = isJunction(card) ? "" : card.state === "absent" ? "not here yet" : card.state;
    setText(entry.button, spoken(card.id));
    setText(entry.subtitle, card.subtitle);
    entry.button.setAttribute("aria-label", `${spoken(card.id)}, ${spoken(card.subtitle)}${state && `, ${state}`}${workers}${card.local ? ", in this notebook" : ""}${card.remark && `, ${spoken(card.remark)}`}`);
    this.#putPorts(entry, "in", card.inports);
    this.#putPorts(entry, "out", card.outports);
    entry.card = card;
  }

  #putPorts(entry: CardItem, side: Side, ports: readonly Port[]): void {
    const list = entry.ports[side];
    while (list.children.length > ports.length) list.lastElementChild!.remove();
    ports.forEach((port, i) => {
      let item = list.children[i];
      if (!item) {
        item = make("li", "", {}, make("button", "", { type: "button", tabindex: -1 }));
        list.append(item);
      }
      const button = item.firstElementChild!;
      setAttributes(item, { [`data-${side}port`]: port.id, "data-linked": String(port.linked), "data-literal": port.literal });
      setAttributes(button, { "data-port": port.id, "data-side": side });
      const value = port.literal === null ? "" : ` = ${port.literal}`;
      setText(button, `${spoken(port.id)}${value}`);
      button.setAttribute(
        "aria-label",
        `${side === "in" ? "inport" : "outport"} ${spoken(port.id)}${value}, ${port.linked ? "connected" : "free"}`,
      );
    });
  }

  #putEdge(edge: Edge): void {
    let entry = this.#edges.get(edge.n);
    if (!entry) {
      const button = make("button", "", { type: "button", tabindex: -1, "data-edge": edge.n });
      const item = make("li", "", {}, button);
      entry = { item, button };
      this.#edges.set(edge.n, entry);
      this.#edgeList.append(item);
    }
    setText(entry.button, describeEdge(edge));
    setAttributes(entry.button, { "data-state": edge.state, "data-dead": edge.dead, "data-remark": edge.remark || null, title: hintsFor(edge).join(", ") || null });
    this.#putCount(edge.n, entry);
  }

  #writeCounts(until: number): void {
    for (const n of this.#countsToDo) {
      this.#countsToDo.delete(n);
      const entry = this.#edges.get(n);
      if (entry) this.#putCount(n, entry);
      if (performance.now() > until) return;
    }
  }

  #putCount(n: number, { button }: EdgeItem): void {
    const { count, rate } = this.#store.traffic.get(n) ?? { count: 0, rate: 0 };
    const edge = this.#store.edges.get(n);
    setAttributes(button, { "data-count": count, "data-rate": rate });
    if (!edge) return;
    const told = [describeEdge(edge), ...hintsFor(edge), `${count} messages`, `${formatRate(rate)} a second`].join(", ");
    setAttributes(button, { "aria-label": told });
  }
}
