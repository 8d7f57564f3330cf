/**
 * The live layer: coloured lines and moving dots where messages pass.
 *
 * Messages only change numbers here; painting happens once per animation frame, and stops when
 * nothing moves any more. No more than three dots run on an edge: what matters is that it is alive,
 * the rate is told by number.
 */
import { type Camera, seenBox, type Size } from "./camera";
import { tracePath } from "./edges";
import { dotted, dotWidth, looksDead } from "./ground";
import { type DrawnEdge, isVisible, type Picture } from "./picture";
import type { Growth, SceneStore } from "./store";
import type { Palette } from "./theme";

const PULSE_MS = 520;
const PULSE_GAP_MS = 130;
const MAX_PULSES = 3;
/** The line keeps this strength while the rate is above zero. */
const STEADY = 0.72;
const FADE_MS = 450;
/** From here on, details that nobody could tell apart are left out. */
const MANY_EDGES = 300;

interface Activity {
  strength: number;
  /** Progress of each dot, 0 to 1. */
  pulses: number[];
  waiting: number;
  sinceLaunch: number;
}

export class LiveActivity {
  readonly #store: SceneStore;
  readonly #active = new Map<number, Activity>();

  constructor(store: SceneStore) {
    this.#store = store;
  }

  /** Takes note of passed messages. */
  grow(growth: readonly Growth[]): void {
    for (const { n, grown } of growth) {
      const rate = this.#store.traffic.get(n)?.rate ?? 0;
      let activity = this.#active.get(n);
      if (!activity) {
        if (grown <= 0 && rate <= 0) continue;
        activity = { strength: 0, pulses: [], waiting: 0, sinceLaunch: PULSE_GAP_MS };
        this.#active.set(n, activity);
      }
      if (grown > 0) {
        activity.strength = 1;
        activity.waiting = Math.min(MAX_PULSES, activity.waiting + grown);
      } else if (rate > 0) activity.strength = Math.max(activity.strength, STEADY);
    }
  }

  /** Lets time pass, in ms; true if something still moves, so that another frame is needed. */
  advance(elapsed: number, still: boolean): boolean {
    let moving = false;
    const fade = Math.exp(-elapsed / FADE_MS);
    for (const [n, activity] of this.#active) {
      const rate = this.#store.traffic.get(n)?.rate ?? 0;
      const floor = rate > 0 ? STEADY : 0;
      activity.strength = floor + Math.max(0, activity.strength - floor) * fade;
      this.#movePulses(activity, elapsed, still);
      if (activity.strength - floor > 0.02 || activity.pulses.length > 0 || activity.waiting > 0) moving = true;
      else activity.strength = floor;
      if (!this.#store.edges.has(n) || (activity.strength <= 0 && activity.pulses.length === 0))
        this.#active.delete(n);
    }
    return moving;
  }

  #movePulses(activity: Activity, elapsed: number, still: boolean): void {
    if (still) {
      activity.pulses.length = 0;
      activity.waiting = 0;
      return;
    }
    let kept = 0;
    for (const progress of activity.pulses) {
      const next = progress + elapsed / PULSE_MS;
      if (next < 1) activity.pulses[kept++] = next;
    }
    activity.pulses.length = kept;
    activity.sinceLaunch += elapsed;
    if (activity.waiting > 0 && kept < MAX_PULSES && activity.sinceLaunch >= PULSE_GAP_MS) {
      activity.pulses.push(0);
      activity.waiting--;
      activity.sinceLaunch = 0;
    }
  }

  /** True if anything is to be painted. */
  get any(): boolean {
    return this.#active.size > 0;
  }

  paint(
    context: CanvasRenderingContext2D,
    picture: Picture,
    palette: Palette,
    camera: Camera,
    size: Size,
  ): void {
    const seen = seenBox(camera, size);
    const visible: [DrawnEdge, Activity][] = [];
    for (const [n, activity] of this.#active) {
      const drawn = picture.edges.get(n);
      if (drawn && drawn.path.length >= 4 && isVisible(drawn.box, seen)) visible.push([drawn, activity]);
    }
    const many = picture.edges.size > MANY_EDGES;
    const alive = visible.filter(([{ edge }]) => !looksDead(edge));
    const dead = visible.filter(([{ edge }]) => looksDead(edge));
    context.strokeStyle = palette.brand;
    context.lineCap = "round";
    if (many) paintInShades(context, alive, camera.zoom);
    else this.#paintEach(context, alive, camera.zoom);
    context.strokeStyle = palette.dead;
    paintDots(context, dead, camera.zoom);
    context.globalAlpha = 1;
    paintPulses(context, alive, palette.brand, palette.canvas, camera.zoom, many);
    paintPulses(context, dead, palette.dead, palette.canvas, camera.zoom, many);
  }

  #paintEach(context: CanvasRenderingContext2D, visible: readonly [DrawnEdge, Activity][], zoom: number): void {
    for (const [drawn, activity] of visible) {
      if (activity.strength < 0.02) continue;
      const rate = this.#store.traffic.get(drawn.edge.n)?.rate ?? 0;
      const width = 1.5 + Math.min(1.25, 0.5 * Math.log10(1 + rate));
      context.globalAlpha = activity.strength;
      context.lineWidth = Math.max(width, zoom < 0.72 ? 1.4 / zoom : 0);
      context.beginPath();
      tracePath(drawn.path, context);
      context.stroke();
    }
  }
}

/** Dead letters: the dots of the line at rest grow while messages pass. */
function paintDots(
  context: CanvasRenderingContext2D,
  visible: readonly [DrawnEdge, Activity][],
  zoom: number,
): void {
  const rest = dotWidth(zoom);
  for (const [drawn, { strength }] of visible) {
    if (strength < 0.02) continue;
    context.globalAlpha = strength;
    dotted(context, rest);
    context.lineWidth = rest * 1.4;
    context.beginPath();
    tracePath(drawn.path, context);
    context.stroke();
  }
  context.setLineDash([]);
}

const SHADES = 4;

/** Many edges: one stroke for each of a few strengths instead of one for each edge. */
function paintInShades(
  context: CanvasRenderingContext2D,
  visible: readonly [DrawnEdge, Activity][],
  zoom: number,
): void {
  const shades: DrawnEdge[][] = Array.from({ length: SHADES }, () => []);
  for (const [drawn, { strength }] of visible)
    if (strength > 0.02) shades[Math.min(SHADES - 1, Math.floor(strength * SHADES))]!.push(drawn);
  context.lineWidth = Math.max(2, 1.1 / zoom);
  shades.forEach((edges, shade) => {
    if (edges.length === 0) return;
    context.globalAlpha = (shade + 1) / SHADES;
    context.beginPath();
    for (const drawn of edges) {
      if (zoom >= 0.2) tracePath(drawn.path, context);
      else traceStraight(drawn.path, context);
    }
    context.stroke();
  });
}

/** So small that curves and their control polygons look alike. */
function traceStraight(path: readonly number[], context: CanvasRenderingContext2D): void {
  context.moveTo(path[0]!, path[1]!);
  for (let i = 2; i < path.length; i += 2) context.lineTo(path[i]!, path[i + 1]!);
}

function paintPulses(
  context: CanvasRenderingContext2D,
  visible: readonly [DrawnEdge, Activity][],
  colour: string,
  ring: string,
  zoom: number,
  many: boolean,
): void {
  const radius = Math.max(4, 2.6 / zoom);
  let any = false;
  context.beginPath();
  for (const [drawn, { pulses }] of visible)
    for (const progress of pulses) {
      const { x, y } = drawn.sampler.place(progress);
      any = true;
      if (many) context.rect(x - radius * 0.8, y - radius * 0.8, radius * 1.6, radius * 1.6);
      else {
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
    }
  if (!any) return;
  if (!many) {
    context.lineWidth = 3 / Math.max(zoom, 0.5);
    context.strokeStyle = ring;
    context.stroke();
  }
  context.fillStyle = colour;
  context.fill();
}
