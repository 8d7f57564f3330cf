/**
 * Keys on the picture. The focus is a real one, on a button of the hidden twin, so that screen
 * readers follow it; the picture draws a ring where it is.
 *
 * ←/→ follow an edge, ↑/↓ go through a column, Enter opens the ports, c starts and finishes a new
 * edge, Delete removes edges, + − 0 zoom, Esc goes back. All other keys stay the notebook's.
 */
import { nextInColumn, nextPort } from "./navigation";
import { type Picture, portsOf, type PortPlace } from "./picture";
import type { Pointer } from "./pointer";
import type { Side } from "./protocol";
import type { Twin } from "./twin";

/** What has the keyboard focus. */
export type Focus =
  | { readonly kind: "card"; readonly id: string }
  | { readonly kind: "port"; readonly id: string; readonly side: Side; readonly port: string }
  | { readonly kind: "edge"; readonly n: number };

export interface KeyboardOwner {
  readonly root: HTMLElement;
  readonly stage: HTMLElement;
  readonly picture: Picture;
  readonly twin: Twin;
  readonly pointer: Pointer;
  focusChanged(focus: Focus | null, visible: boolean): void;
  zoomBy(factor: number): void;
  fit(): void;
  /** Disconnects the selected edges and the given one; false if there is none. */
  removeEdges(focused: number | null): boolean;
  select(focus: Focus): void;
  say(text: string): void;
}

const KEYS = new Set(
  ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Enter", "Escape", "Delete", "Backspace", " "].concat(
    ["c", "+", "=", "-", "−", "0"],
  ),
);
const SUPPRESS = "data-lm-suppress-shortcuts";

/** The focus that a button of the twin stands for. */
export function focusOf(element: Element | null): Focus | null {
  if (!(element instanceof HTMLElement)) return null;
  const { card, port, side, edge } = element.dataset;
  if (card !== undefined) return { kind: "card", id: card };
  if (edge !== undefined) return { kind: "edge", n: Number(edge) };
  const id = element.closest<HTMLElement>("[data-participant]")?.dataset.participant;
  if (port === undefined || id === undefined) return null;
  return { kind: "port", id, side: side === "in" ? "in" : "out", port };
}

export class Keyboard {
  focus: Focus | null = null;
  readonly #owner: KeyboardOwner;
  readonly #abort = new AbortController();
  #tabStop: HTMLElement | null = null;
  /** Whether the last thing touched was a key: only then is the focus shown. */
  #byKey = true;
  /** Where an edge was entered from, to go back there. */
  #origin: Focus | null = null;

  constructor(owner: KeyboardOwner) {
    this.#owner = owner;
    const { signal } = this.#abort;
    // JupyterLab looks at keys in the document's capture phase, before any element can stop them;
    // it skips elements with this attribute. So the attribute is there exactly while a key is ours.
    const claim = (event: KeyboardEvent): void => {
      this.#byKey = true;
      const path = event.composedPath();
      const onButton = path.includes(owner.root) && (event.key === "Enter" || event.key === " ");
      const mine = isOurs(event) && (path.includes(owner.stage) || onButton);
      if (mine) owner.root.setAttribute(SUPPRESS, "true");
      else owner.root.removeAttribute(SUPPRESS);
    };
    window.addEventListener("keydown", claim, { capture: true, signal });
    window.addEventListener("pointerdown", () => void (this.#byKey = false), { capture: true, signal });
    owner.stage.addEventListener("keydown", this.#pressed, { signal });
    owner.stage.addEventListener("focusin", this.#focused, { signal });
    owner.stage.addEventListener("focusout", this.#left, { signal });
  }

  destroy(): void {
    this.#abort.abort();
  }

  /** Makes sure that Tab leads into the twin. */
  ensureTabStop(): void {
    if (this.#tabStop?.isConnected) return;
    const first = this.#owner.twin.firstButton;
    this.#tabStop = first;
    if (first) first.tabIndex = 0;
  }

  /** Puts the focus on something; on the stage if the twin does not have it (yet). */
  go(focus: Focus): void {
    const { twin, stage } = this.#owner;
    let button: HTMLElement | undefined;
    if (focus.kind === "card") button = twin.cardButton(focus.id);
    else if (focus.kind === "edge") button = twin.edgeButton(focus.n);
    else button = twin.portButtons(focus.id).find(({ dataset }) => dataset.side === focus.side && dataset.port === focus.port);
    (button ?? stage).focus({ preventScroll: true });
  }

  readonly #focused = (event: FocusEvent): void => {
    const target = event.target as HTMLElement;
    this.focus = focusOf(target);
    if (this.focus) {
      if (this.#tabStop && this.#tabStop !== target) this.#tabStop.tabIndex = -1;
      target.tabIndex = 0;
      this.#tabStop = target;
    }
    const place = this.focus?.kind === "port" ? this.#placeOf(this.focus) : null;
    if (place && this.#owner.pointer.ghost) this.#owner.pointer.lead(place);
    this.#owner.focusChanged(this.focus, this.#byKey);
  };

  readonly #left = (event: FocusEvent): void => {
    if (this.#owner.stage.contains(event.relatedTarget as Node | null)) return;
    this.focus = null;
    this.#owner.pointer.cancel();
    this.#owner.focusChanged(null, false);
  };

  readonly #pressed = (event: KeyboardEvent): void => {
    if (!isOurs(event) || !this.#handle(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  #handle(key: string): boolean {
    const owner = this.#owner;
    switch (key) {
      case "+":
      case "=":
        owner.zoomBy(1.25);
        return true;
      case "-":
      case "−":
        owner.zoomBy(0.8);
        return true;
      case "0":
        owner.fit();
        return true;
      case "Delete":
      case "Backspace":
        if (!owner.removeEdges(this.focus?.kind === "edge" ? this.focus.n : null))
          owner.say("Select a connection to remove it.");
        return true;
      case "Escape":
        return this.#back();
    }
    if (!this.focus) return key.startsWith("Arrow") && this.#enter();
    if (this.focus.kind === "card") return this.#onCard(this.focus.id, key);
    if (this.focus.kind === "port") return this.#onPort(this.focus, key);
    return this.#onEdge(this.focus.n, key);
  }

  #enter(): boolean {
    const first = this.#owner.twin.firstButton;
    first?.focus({ preventScroll: true });
    return first !== null;
  }

  #back(): boolean {
    const { pointer, stage } = this.#owner;
    if (pointer.ghost) pointer.cancel();
    else if (this.focus?.kind === "port") this.go({ kind: "card", id: this.focus.id });
    else if (this.focus?.kind === "edge" && this.#origin) this.go(this.#origin);
    else (stage.ownerDocument.activeElement as HTMLElement | null)?.blur();
    return true;
  }

  #onCard(id: string, key: string): boolean {
    const { picture } = this.#owner;
    if (key === "Enter") {
      const first = [...portsOf(picture.cards.get(id)!)][0];
      if (first) this.go({ kind: "port", id, side: first.side, port: first.port.id });
      return true;
    }
    if (key === " ") {
      this.#owner.select({ kind: "card", id });
      return true;
    }
    if (key === "ArrowUp" || key === "ArrowDown") {
      const next = nextInColumn(picture, id, key === "ArrowUp" ? -1 : 1);
      if (next !== null) this.go({ kind: "card", id: next });
      return true;
    }
    if (key !== "ArrowLeft" && key !== "ArrowRight") return false;
    const along = picture
      .edgesAt(id)
      .map(({ edge }) => edge)
      .filter((edge) => edge.source !== edge.target && (key === "ArrowRight" ? edge.source : edge.target) === id);
    if (along[0]) this.go({ kind: "card", id: key === "ArrowRight" ? along[0].target : along[0].source });
    return true;
  }

  #onPort(focus: Focus & { kind: "port" }, key: string): boolean {
    const { picture, pointer } = this.#owner;
    if (key === "ArrowUp" || key === "ArrowDown") {
      const next = nextPort(picture, focus, key === "ArrowUp" ? -1 : 1);
      if (next) this.go({ kind: "port", id: focus.id, side: next.side, port: next.port.id });
      return true;
    }
    const place = this.#placeOf(focus);
    if (key === "c" || key === "Enter") {
      if (pointer.ghost) pointer.finish();
      else if (place && key === "c") {
        pointer.begin(place);
        this.#owner.say("Go to another port and press c to connect, Escape to give up.");
      }
      return true;
    }
    if (key !== "ArrowLeft" && key !== "ArrowRight") return false;
    const outwards = (key === "ArrowRight") === (focus.side === "out");
    const edge = outwards ? picture.edgesAtPort(focus.id, focus.side, focus.port)[0] : undefined;
    if (edge) {
      this.#origin = focus;
      this.go({ kind: "edge", n: edge.edge.n });
    } else if (!outwards || pointer.ghost) this.go({ kind: "card", id: focus.id });
    return true;
  }

  #onEdge(n: number, key: string): boolean {
    const { picture } = this.#owner;
    const edge = picture.edges.get(n)?.edge;
    if (!edge) return false;
    if (key === "ArrowRight") this.go({ kind: "card", id: edge.target });
    else if (key === "ArrowLeft") this.go({ kind: "card", id: edge.source });
    else if (key === " " || key === "Enter") this.#owner.select({ kind: "edge", n });
    else if (key === "ArrowUp" || key === "ArrowDown") {
      const from = this.#origin?.kind === "port" ? this.#origin : null;
      const near = from ? picture.edgesAtPort(from.id, from.side, from.port) : picture.edgesAt(edge.source);
      const at = near.findIndex((drawn) => drawn.edge.n === n) + (key === "ArrowUp" ? -1 : 1);
      const next = near[(at + near.length) % near.length];
      if (next) this.go({ kind: "edge", n: next.edge.n });
    } else return false;
    return true;
  }

  #placeOf(focus: Focus & { kind: "port" }): PortPlace | null {
    const drawn = this.#owner.picture.cards.get(focus.id);
    if (!drawn) return null;
    for (const place of portsOf(drawn)) if (place.side === focus.side && place.port.id === focus.port) return place;
    return null;
  }
}

function isOurs(event: KeyboardEvent): boolean {
  return KEYS.has(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
}
