/**
 * One view of the picture: puts toolbar, layers, graph, pointer, keyboard and twin together, and
 * decides in each animation frame what has to be painted.
 *
 * A view reads the session's store and never changes it. What the user does becomes a message to the
 * kernel; the picture changes when the kernel answers, except while something is in the user's hand.
 */
import { Announcer } from "./announcer";
import { type Size } from "./camera";
import { make } from "./dom";
import { Graph } from "./graph";
import { CameraControl } from "./camera_control";
import { type Focus, Keyboard } from "./keyboard";
import { LiveActivity } from "./live";
import { Motion, prefersStillness } from "./motion";
import { Painter } from "./painter";
import { type DrawnCard, Picture, type PortPlace } from "./picture";
import { Pointer } from "./pointer";
import type { Session } from "./session";
import { Status } from "./status";
import type { Change, Growth } from "./store";
import { forgetWidths } from "./text";
import { watchTheme } from "./theme_watch";
import type { Palette } from "./theme";
import { placesOf, type Problem, Toolbar } from "./toolbar";
import { describeHover } from "./tooltip";
import { Twin } from "./twin";
import styles from "./widget.css";

let views = 0;

export class View {
  readonly root: HTMLElement;
  readonly stage: HTMLElement;
  readonly picture = new Picture();
  readonly twin: Twin;
  readonly pointer: Pointer;
  readonly #session: Session;
  readonly #graph: Graph;
  readonly #camera: CameraControl;
  readonly #keyboard: Keyboard;
  readonly #status: Status;
  readonly #announcer = new Announcer();
  readonly #live: LiveActivity;
  readonly #motion: Motion;
  readonly #painter: Painter;
  readonly #undo: (() => void)[] = [];
  #frame = 0;
  #lastFrame = 0;
  #seen = true;
  #lastProblem: string | number | null = null;
  #destroyed = false;

  constructor(session: Session, el: HTMLElement) {
    this.#session = session;
    const { store } = session;
    const summaryId = `msgflo-summary-${++views}`;
    this.root = make("div", "msgflo-picture", { role: "region", "data-revision": "" });
    this.stage = make("div", "msgflo-stage", { role: "application", tabindex: -1, "aria-describedby": summaryId });
    const toolbar = new Toolbar({
      zoomOut: () => this.zoomBy(0.8),
      zoomIn: () => this.zoomBy(1.25),
      fit: () => this.fit(),
      tidy: () => {
        // Things will be elsewhere: show them again, wherever that is.
        session.send({ kind: "tidy" });
        this.fit();
      },
      showProblem: (problem) => this.#showProblem(problem),
    });
    this.twin = new Twin(store, summaryId);
    const { root, stage, twin } = this;
    this.#status = new Status({ store, root, stage, toolbar, twin, announcer: this.#announcer });
    const host = make("div", "msgflo-graph", { "aria-hidden": "true" });
    this.#painter = new Painter(this.picture, store);
    const { ground, live, cards } = this.#painter;
    this.stage.append(ground.canvas, host, live.canvas, cards.canvas, this.#status.note, this.twin.element);
    this.root.append(make("style", "", {}, styles), toolbar.element, this.stage, this.#announcer.element);
    el.append(this.root);
    this.#applyHeight();

    this.#graph = new Graph(host, {
      viewport: (byUser) => this.#viewportChanged(byUser),
      dragged: (id, x, y) => this.#dragged(id, x, y),
      dropped: (ids) => this.#dropped(ids),
      released: (ids) => this.#released(ids),
      selected: () => this.#selectionChanged(),
    });
    this.#live = new LiveActivity(store);
    this.#motion = new Motion(this.picture, this.#graph);
    this.#camera = new CameraControl(this.#graph.cy, this.root, this.stage, this.picture);
    this.pointer = new Pointer(this.stage, this.#pointerOwner(host));
    this.#keyboard = new Keyboard(this.#keyboardOwner());
    this.#undo.push(
      watchTheme(this.root, (palette) => this.#applyPalette(palette)),
      session.listen({
        changed: (change) => this.#changed(change),
        traffic: (growth) => this.#traffic(growth),
        said: (text, error) => this.#status.say(text, error),
      }),
      session.onHeight(() => this.#applyHeight()),
    );
    this.#observe();
    void document.fonts?.ready.then(() => {
      forgetWidths();
      this.invalidate();
    });
    if (store.revision !== null) this.#takeOver();
    this.#status.show();
  }

  /** Takes everything away that this view has made. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    cancelAnimationFrame(this.#frame);
    this.#status.destroy();
    for (const undo of this.#undo) undo();
    this.#keyboard.destroy();
    this.pointer.destroy();
    this.#camera.destroy();
    this.twin.destroy();
    this.#announcer.destroy();
    this.#graph.destroy();
    this.#painter.destroy();
    this.root.remove();
  }

  zoomBy(factor: number): void {
    this.#camera.zoomBy(factor, this.#size());
  }

  /** Shows everything, and keeps doing so until the user moves the camera again. */
  fit(): void {
    this.#camera.fit(this.#size(), true);
  }

  // --- what comes from the kernel ---------------------------------------------------------------

  /** A view that opens late starts from what the store has. */
  #takeOver(): void {
    const { store } = this.#session;
    this.#changed({
      whole: true,
      cards: [...store.cards.keys()],
      goneCards: [],
      edges: [...store.edges.keys()],
      goneEdges: [],
    });
    this.#live.grow([...store.traffic.keys()].map((n) => ({ n, grown: 0 })));
  }

  #changed(change: Change): void {
    const { store } = this.#session;
    const wasEmpty = this.picture.cards.size === 0;
    for (const id of [...change.goneCards, ...change.cards])
      if (!wasEmpty) this.#announcer.note(this.picture.cards.get(id)?.card, store.cards.get(id));
    this.#motion.change(change, () =>
      this.picture.apply(store, change, (id) => this.#graph.isHeld(id)),
    );
    this.#graph.apply(change, this.picture);
    // Where everything will be, before it goes back to where it slides from.
    const bounds = this.picture.bounds();
    this.#motion.start();
    this.pointer.forget();
    this.twin.apply(change);
    this.#keyboard.ensureTabStop();
    this.root.dataset.revision = String(store.revision);
    this.#painter.selectionChanged(this.#graph);
    if (!this.#graph.isAnyHeld) this.#camera.follow(bounds, this.#size(), wasEmpty);
    this.#status.show();
    this.invalidate();
  }

  #traffic(growth: readonly Growth[]): void {
    if (growth.length === 0) return;
    this.#live.grow(growth);
    this.twin.noteTraffic(growth.map(({ n }) => n));
    this.#status.showSoon();
    this.invalidate("live");
  }

  // --- what comes from the user -----------------------------------------------------------------

  #viewportChanged(byUser: boolean): void {
    if (byUser) this.#camera.touched = true;
    this.invalidate();
  }

  #dragged(id: string, x: number, y: number): void {
    this.picture.moveCard(id, x, y);
    this.invalidate();
  }

  #dropped(ids: readonly string[]): void {
    const cards: Record<string, [number, number]> = {};
    for (const id of ids) {
      const drawn = this.picture.cards.get(id);
      if (!drawn) continue;
      const snapped: [number, number] = [Math.round(drawn.x / 8) * 8, Math.round(drawn.y / 8) * 8];
      this.picture.moveCard(id, ...snapped);
      cards[id] = snapped;
    }
    this.#graph.placeCards(ids, this.picture);
    this.#session.send({ kind: "move", cards });
    this.#camera.touched = true;
    this.invalidate();
  }

  /** A card that was held while the kernel moved it takes its new place now. */
  #released(ids: readonly string[]): void {
    const { store } = this.#session;
    const moved = ids.filter((id) => {
      const card = store.cards.get(id);
      const drawn = this.picture.cards.get(id);
      return card && drawn && (card.x !== drawn.x || card.y !== drawn.y);
    });
    if (moved.length === 0 || this.#motion.moving) return;
    const edges = moved.flatMap((id) => this.picture.edgesAt(id).map(({ edge }) => edge.n));
    this.#changed({ whole: false, cards: moved, goneCards: [], edges, goneEdges: [] });
  }

  #selectionChanged(): void {
    this.#painter.selectionChanged(this.#graph);
    this.invalidate();
  }

  #connect(from: PortPlace, to: PortPlace): void {
    const [out, into] = from.side === "out" ? [from, to] : [to, from];
    this.#session.send({
      kind: "connect",
      source: out.card.card.id,
      outport: out.port.id,
      target: into.card.card.id,
      inport: into.port.id,
    });
  }

  #removeEdges(focused: number | null): boolean {
    const numbers = this.#graph.selectedEdges();
    if (focused !== null) numbers.add(focused);
    for (const n of numbers) this.#session.send({ kind: "disconnect", edge: n });
    return numbers.size > 0;
  }

  #showProblem(problem: Problem): void {
    const found: Focus[] = placesOf(problem, this.#session.store);
    const key = (focus: Focus): string | number => (focus.kind === "edge" ? focus.n : focus.id);
    const last = found.findIndex((focus) => key(focus) === this.#lastProblem);
    const next = found[(last + 1) % found.length];
    if (!next) return;
    this.#lastProblem = key(next);
    this.#select(next);
    this.#reveal(next);
  }

  #select(focus: Focus): void {
    if (focus.kind === "edge") this.#graph.selectEdge(focus.n, false);
    else this.#graph.selectCard(focus.id);
  }

  #reveal(focus: Focus): void {
    if (focus.kind === "edge") {
      const box = this.picture.edges.get(focus.n)?.box;
      if (box) this.#camera.reveal(box, this.#size());
      return;
    }
    const drawn = this.picture.cards.get(focus.id);
    if (!drawn) return;
    const { x, y, card } = drawn;
    this.#camera.reveal({ left: x, top: y, right: x + card.w, bottom: y + card.h }, this.#size());
  }

  #pointerOwner(host: HTMLElement): ConstructorParameters<typeof Pointer>[1] {
    const view = this;
    return {
      picture: this.picture,
      get detailShowsPorts() {
        return view.#graph.cy.zoom() >= 0.28;
      },
      toModel: (clientX, clientY) => this.#camera.toModel(clientX, clientY),
      hoverChanged: () => {
        this.#painter.hover = this.pointer.hover;
        host.title = describeHover(this.pointer.hover, this.#graph.cy.zoom());
        this.invalidate();
      },
      ghostChanged: () => {
        this.#painter.ghost = this.pointer.ghost;
        this.invalidate("cards");
      },
      connect: (from, to) => this.#connect(from, to),
      pickEdge: (n, add) => {
        this.#graph.selectEdge(n, add);
        this.#keyboard.go({ kind: "edge", n });
      },
      pressed: (card: DrawnCard | null) => {
        if (card) this.#keyboard.go({ kind: "card", id: card.card.id });
        else this.stage.focus({ preventScroll: true });
      },
    };
  }

  #keyboardOwner(): ConstructorParameters<typeof Keyboard>[0] {
    return {
      root: this.root,
      stage: this.stage,
      picture: this.picture,
      twin: this.twin,
      pointer: this.pointer,
      focusChanged: (focus, visible) => {
        this.#painter.focus = visible ? focus : null;
        if (focus && visible) this.#reveal(focus);
        this.invalidate();
      },
      zoomBy: (factor) => this.zoomBy(factor),
      fit: () => this.fit(),
      removeEdges: (focused) => this.#removeEdges(focused),
      select: (focus) => this.#select(focus),
      say: (text) => this.#announcer.say(text),
    };
  }

  // --- the surroundings -------------------------------------------------------------------------

  #size(): Size {
    return { width: this.stage.clientWidth, height: this.stage.clientHeight };
  }

  #applyHeight(): void {
    this.root.style.height = `${this.#session.height}px`;
  }

  #applyPalette(palette: Palette): void {
    this.#painter.palette = palette;
    for (const [name, value] of Object.entries(palette))
      if (typeof value === "string") this.root.style.setProperty(`--msgflo-${name}`, value);
    this.root.style.setProperty("color-scheme", palette.dark ? "dark" : "light");
    this.invalidate();
  }

  #observe(): void {
    const resized = new ResizeObserver(() => {
      this.#graph.cy.resize();
      this.#camera.resized(this.#size());
      this.invalidate();
    });
    resized.observe(this.stage);
    // A picture that is scrolled away is not painted.
    const seen = new IntersectionObserver((entries) => {
      this.#seen = entries.at(-1)!.isIntersecting;
      if (this.#seen) this.invalidate();
    });
    seen.observe(this.stage);
    this.#undo.push(
      () => resized.disconnect(),
      () => seen.disconnect(),
    );
  }

  // --- painting ---------------------------------------------------------------------------------

  /** Asks for a repaint of a layer, or of all, in the next frame. */
  invalidate(what: "all" | "cards" | "live" = "all"): void {
    this.#painter.markDirty(what);
    if (!this.#frame && this.#seen && !this.#destroyed) this.#frame = requestAnimationFrame(this.#paint);
  }

  readonly #paint = (now: number): void => {
    this.#frame = 0;
    // After a pause the clock has run on, but nothing has moved.
    const paused = now - this.#lastFrame > 500;
    const elapsed = paused ? 16 : now - this.#lastFrame;
    this.#painter.noteFrame(paused ? null : elapsed);
    this.#lastFrame = now;
    if (this.#motion.advance(elapsed)) {
      this.#painter.markDirty("all");
      // Somebody may have asked for all of it while it was on its way.
      if (!this.#motion.moving && !this.#graph.isAnyHeld) this.#camera.follow(this.picture.bounds(), this.#size(), false);
    }
    const alive = this.#live.advance(elapsed, prefersStillness());
    if (alive) this.#painter.markDirty("live");
    this.#painter.paint(this.#live, this.#camera.camera, this.#size());
    if (alive || this.#motion.moving) this.invalidate(this.#motion.moving ? "all" : "live");
  };
}

