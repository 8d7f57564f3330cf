/**
 * The pointer on the picture: what it is over, drawing new edges from port to port, picking edges.
 *
 * Listeners sit in the capture phase of the element around cytoscape: a press on a port or an edge
 * is ours and never reaches cytoscape; every other press is cytoscape's (drag a card, pan, select).
 */
import type { Point } from "./edges";
import type { DrawnCard, DrawnEdge, Picture, PortPlace } from "./picture";

const PORT_RADIUS = 12;
const SNAP_RADIUS = 20;
const EDGE_RADIUS = 6;

/** What the pointer is over: at most one of these. */
export interface Hover {
  readonly port: PortPlace | null;
  readonly edge: DrawnEdge | null;
  readonly card: DrawnCard | null;
}

const NOTHING: Hover = { port: null, edge: null, card: null };

/** An edge being drawn by hand. */
export interface Ghost {
  readonly from: PortPlace;
  readonly to: Point;
  /** The port it would connect to if dropped now. */
  readonly target: PortPlace | null;
}

export interface PointerOwner {
  readonly picture: Picture;
  readonly detailShowsPorts: boolean;
  toModel(clientX: number, clientY: number): { readonly x: number; readonly y: number; readonly zoom: number };
  hoverChanged(): void;
  ghostChanged(): void;
  connect(from: PortPlace, to: PortPlace): void;
  pickEdge(n: number, add: boolean): void;
  pressed(card: DrawnCard | null): void;
}

/** Whether an edge may be drawn between two ports: from an out to an in, either way round. */
export function mayConnect(from: PortPlace, to: PortPlace): boolean {
  return from.side !== to.side;
}

export class Pointer {
  hover: Hover = NOTHING;
  ghost: Ghost | null = null;
  readonly #stage: HTMLElement;
  readonly #owner: PointerOwner;
  readonly #abort = new AbortController();
  #pointerId: number | null = null;
  /** The present press is ours, not cytoscape's. */
  #taken = false;

  constructor(stage: HTMLElement, owner: PointerOwner) {
    this.#stage = stage;
    this.#owner = owner;
    const options = { capture: true, signal: this.#abort.signal };
    stage.addEventListener("pointermove", this.#moved, options);
    stage.addEventListener("pointerdown", this.#down, options);
    stage.addEventListener("pointerup", this.#up, options);
    stage.addEventListener("pointercancel", () => ((this.#taken = false), this.cancel()), options);
    stage.addEventListener("pointerleave", () => this.#setHover(NOTHING), { signal: this.#abort.signal });
    // cytoscape takes the focus away from whatever has it when it hears of a press; so after it.
    for (const type of ["mousedown", "touchstart"])
      stage.addEventListener(type, () => owner.pressed(this.hover.card), { passive: true, signal: this.#abort.signal });
    // Touch events follow pointer events and cannot be called off by them.
    const stop = (event: Event): void => {
      if (!this.#taken) return;
      event.stopPropagation();
      if (event.cancelable) event.preventDefault();
    };
    for (const type of ["mousedown", "mousemove", "touchstart", "touchmove", "touchend"])
      stage.addEventListener(type, stop, { ...options, passive: false });
  }

  /** Starts drawing an edge without a pointer (from the keyboard). */
  begin(from: PortPlace): void {
    this.ghost = { from, to: from.at, target: null };
    this.#owner.ghostChanged();
  }

  /** Leads the edge being drawn to a port. */
  lead(target: PortPlace): void {
    if (!this.ghost) return;
    this.ghost = { from: this.ghost.from, to: target.at, target: mayConnect(this.ghost.from, target) ? target : null };
    this.#owner.ghostChanged();
  }

  /** Ends drawing: connects if there is a target. */
  finish(): void {
    const { ghost } = this;
    this.cancel();
    if (ghost?.target) this.#owner.connect(ghost.from, ghost.target);
  }

  cancel(): void {
    if (this.#pointerId !== null && this.#stage.hasPointerCapture(this.#pointerId))
      this.#stage.releasePointerCapture(this.#pointerId);
    this.#pointerId = null;
    if (!this.ghost) return;
    this.ghost = null;
    this.#owner.ghostChanged();
  }

  /** What was under the pointer may be gone: forget it. */
  forget(): void {
    const { cards, edges } = this.#owner.picture;
    const { port, edge, card } = this.hover;
    if (
      (port && cards.get(port.card.card.id) !== port.card) ||
      (card && cards.get(card.card.id) !== card) ||
      (edge && edges.get(edge.edge.n) !== edge)
    )
      this.#setHover(NOTHING);
    if (this.ghost && cards.get(this.ghost.from.card.card.id) !== this.ghost.from.card) this.cancel();
  }

  destroy(): void {
    this.#abort.abort();
    this.cancel();
  }

  #look(event: PointerEvent): Hover {
    const { x, y, zoom } = this.#owner.toModel(event.clientX, event.clientY);
    const { picture } = this.#owner;
    const finger = event.pointerType === "touch" ? SNAP_RADIUS : PORT_RADIUS;
    const port = this.#owner.detailShowsPorts ? picture.portAt(x, y, finger / zoom) : null;
    if (port) return { port, edge: null, card: port.card };
    const card = picture.cardAt(x, y);
    if (card) return { port: null, edge: null, card };
    return { port: null, edge: picture.edgeAt(x, y, EDGE_RADIUS / zoom), card: null };
  }

  #setHover(hover: Hover): void {
    const old = this.hover;
    const same =
      old.card === hover.card &&
      old.edge === hover.edge &&
      old.port?.port.id === hover.port?.port.id &&
      old.port?.side === hover.port?.side;
    this.hover = hover;
    if (same) return;
    this.#stage.style.cursor = hover.port ? "crosshair" : hover.edge ? "pointer" : "";
    this.#owner.hoverChanged();
  }

  readonly #moved = (event: PointerEvent): void => {
    if (this.#pointerId === null) {
      if (event.buttons === 0) this.#setHover(this.#look(event));
      return;
    }
    if (event.pointerId !== this.#pointerId || !this.ghost) return;
    event.stopPropagation();
    const { x, y, zoom } = this.#owner.toModel(event.clientX, event.clientY);
    const { from } = this.ghost;
    const target = this.#owner.picture.portAt(x, y, SNAP_RADIUS / zoom, (place) => mayConnect(from, place));
    this.ghost = { from, to: target?.at ?? { x, y }, target };
    this.#owner.ghostChanged();
  };

  readonly #down = (event: PointerEvent): void => {
    this.#taken &&= this.#pointerId !== null;
    if (event.button !== 0 || this.#pointerId !== null) return;
    const hover = this.#look(event);
    this.#setHover(hover);
    if (hover.port) {
      this.#take(event);
      this.#owner.pressed(hover.card);
      this.#pointerId = event.pointerId;
      this.#stage.setPointerCapture(event.pointerId);
      this.begin(hover.port);
    } else if (hover.edge) {
      this.#take(event);
      this.#owner.pickEdge(hover.edge.edge.n, event.shiftKey || event.ctrlKey || event.metaKey);
    }
  };

  readonly #up = (event: PointerEvent): void => {
    if (event.pointerId !== this.#pointerId) return;
    event.stopPropagation();
    this.finish();
    this.#setHover(this.#look(event));
  };

  /** Keeps a press from cytoscape; cancelling it also calls off the mouse events that would follow. */
  #take(event: PointerEvent): void {
    this.#taken = true;
    event.preventDefault();
    event.stopPropagation();
  }
}
