/**
 * Paints a view's layers from the picture and from what the user attends to.
 *
 * A message only ever repaints the live layer; the other two wait for a change of structure, state,
 * camera or attention.
 */
import type { Camera, Size } from "./camera";
import { seenBox } from "./camera";
import { cardShapes, detailAt } from "./card";
import type { Graph } from "./graph";
import { paintGround } from "./ground";
import type { Focus } from "./keyboard";
import { Layer, pixelRatio } from "./layers";
import type { LiveActivity } from "./live";
import { paintPills, showsPills } from "./pills";
import { cardBox, type DrawnCard, isVisible, type Picture } from "./picture";
import type { Ghost, Hover } from "./pointer";
import { paintShapes } from "./shapes";
import type { SceneStore } from "./store";
import type { Palette } from "./theme";

/** Above this many cards the live layer is painted at one pixel per CSS pixel... */
const COARSE_ABOVE = 200;
/** ... and also where frames take longer than this on average, unless it shows text. */
const SLOW_FRAME_MS = 25;

export class Painter {
  readonly ground = new Layer("ground");
  readonly live = new Layer("live");
  readonly cards = new Layer("cards");
  palette!: Palette;
  hover: Hover | null = null;
  ghost: Ghost | null = null;
  focus: Focus | null = null;
  readonly #picture: Picture;
  readonly #store: SceneStore;
  #ratio = 0;
  #frameMs = 16;
  #coarse = false;
  #selectedCards: ReadonlySet<string> = new Set();
  #selectedEdges: ReadonlySet<number> = new Set();

  constructor(picture: Picture, store: SceneStore) {
    this.#picture = picture;
    this.#store = store;
  }

  destroy(): void {
    for (const layer of [this.ground, this.live, this.cards]) layer.release();
  }

  selectionChanged(graph: Graph): void {
    this.#selectedCards = graph.selectedCards();
    this.#selectedEdges = graph.selectedEdges();
  }

  markDirty(what: "all" | "cards" | "live"): void {
    if (what !== "live") this.cards.dirty = true;
    if (what !== "cards") this.live.dirty = true;
    if (what === "all") this.ground.dirty = true;
  }

  /** Takes note of how long a frame of an animation took; a pause starts the average anew. */
  noteFrame(elapsed: number | null): void {
    this.#frameMs = elapsed === null ? 16 : this.#frameMs * 0.9 + elapsed * 0.1;
  }

  /** Paints the layers that are dirty. */
  paint(activity: LiveActivity, camera: Camera, size: Size): void {
    const ratio = pixelRatio();
    if (ratio !== this.#ratio) this.markDirty("all");
    this.#ratio = ratio;
    if (this.ground.dirty) this.#paintGround(camera, size, ratio);
    if (this.live.dirty) this.#paintLive(activity, camera, size, ratio);
    if (this.cards.dirty) this.#paintCards(camera, size, ratio);
  }

  get #hoverEdge(): number | null {
    if (this.focus?.kind === "edge") return this.focus.n;
    return this.hover?.edge?.edge.n ?? null;
  }

  #paintGround(camera: Camera, size: Size, ratio: number): void {
    const context = this.ground.begin(size, camera, ratio);
    if (!context) return;
    const attention = { selected: this.#selectedEdges, hover: this.#hoverEdge };
    paintGround(context, this.#picture, this.palette, camera, size, attention);
  }

  #paintLive(activity: LiveActivity, camera: Camera, size: Size, ratio: number): void {
    const texts = showsPills(camera, this.#picture) || this.#hoverEdge !== null;
    this.#coarse ||= this.#frameMs > SLOW_FRAME_MS;
    const coarse = this.#picture.cards.size > COARSE_ABOVE || (this.#coarse && !texts);
    const context = this.live.begin(size, camera, coarse ? 1 : ratio);
    if (!context) return;
    if (activity.any) activity.paint(context, this.#picture, this.palette, camera, size);
    paintPills(context, this.#picture, this.#store, this.palette, camera, size, this.#hoverEdge);
  }

  #paintCards(camera: Camera, size: Size, ratio: number): void {
    const context = this.cards.begin(size, camera, ratio);
    if (!context) return;
    const detail = detailAt(camera.zoom);
    const seen = seenBox(camera, size);
    const origin = context.getTransform();
    const paint = (drawn: DrawnCard): void => {
      const shapes = cardShapes(drawn.card, this.palette, detail, camera.zoom, this.#attentionOf(drawn));
      context.setTransform(
        origin.a,
        0,
        0,
        origin.d,
        origin.e + drawn.x * origin.a,
        origin.f + drawn.y * origin.d,
      );
      paintShapes(context, shapes, this.palette, origin.a);
    };
    const onTop: DrawnCard[] = [];
    for (const drawn of this.#picture.cards.values()) {
      if (!isVisible(cardBox(drawn), seen)) continue;
      if (this.#selectedCards.has(drawn.card.id) || this.hover?.card === drawn) onTop.push(drawn);
      else paint(drawn);
    }
    for (const drawn of onTop) paint(drawn);
    context.setTransform(origin);
    if (this.ghost) this.#paintGhost(context, this.ghost);
  }

  #attentionOf(drawn: DrawnCard): Parameters<typeof cardShapes>[4] {
    const { card } = drawn;
    const { focus } = this;
    const pointed = this.ghost?.target?.card === drawn ? this.ghost.target : this.hover?.port;
    const port =
      pointed?.card === drawn
        ? { side: pointed.side, id: pointed.port.id }
        : focus?.kind === "port" && focus.id === card.id
          ? { side: focus.side, id: focus.port }
          : null;
    return {
      hover: this.hover?.card === drawn,
      selected: this.#selectedCards.has(card.id),
      focus: focus?.kind !== "edge" && focus?.id === card.id,
      port,
    };
  }

  /** The edge being drawn by hand: a dashed curve from the port to the pointer. */
  #paintGhost(context: CanvasRenderingContext2D, { from, to, target }: Ghost): void {
    const { x, y } = from.at;
    const bend = Math.max(24, Math.abs(to.x - x) / 2) * (from.side === "out" ? 1 : -1);
    context.strokeStyle = context.fillStyle = this.palette.brand;
    context.lineWidth = 2;
    context.lineCap = "butt";
    context.setLineDash([6, 5]);
    context.beginPath();
    context.moveTo(x, y);
    context.bezierCurveTo(x + bend, y, to.x - bend, to.y, to.x, to.y);
    context.stroke();
    context.setLineDash([]);
    if (target) return;
    context.beginPath();
    context.arc(to.x, to.y, 5, 0, 2 * Math.PI);
    context.fill();
  }
}
