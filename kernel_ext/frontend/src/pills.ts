/**
 * The small labels on edges: rate, count, "pending", "stopped", "dead letter", and the sign of a remark.
 *
 * A pill is drawn only where it covers neither a card nor another pill; several places along the
 * edge are tried. The edge under the pointer always gets one; edges with a remark do at every zoom.
 */
import { sign } from "./card";
import { type Camera, seenBox, type Size } from "./camera";
import { formatCount, formatRate } from "./format";
import { type DrawnEdge, isVisible, type Picture } from "./picture";
import { type Edge, isWaiting } from "./protocol";
import { paintShapes } from "./shapes";
import type { SceneStore } from "./store";
import { font, textWidth } from "./text";
import type { Palette } from "./theme";

const MAX_EDGES = 40;
const MIN_ZOOM = 0.9;
const COUNT_ZOOM = 1.25;
const MAX_REMARKS = 40;
const SIGN_ROOM = 14;
const SIGN_SIZE = 0.72;

interface Label {
  readonly main: string;
  readonly more: string;
  readonly ink: "brandText" | "staleText" | "ink";
}

const SIGN_ONLY: Label = { main: "", more: "", ink: "ink" };

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** What a pill says: of dead letters how many there have been, of others how fast they come. Pure. */
export function labelOf(edge: Edge, store: SceneStore, detailed: boolean, hover: boolean): Label {
  const { n, state } = edge;
  if (isWaiting(state)) return { main: state, more: "", ink: "staleText" };
  const { count, rate } = store.traffic.get(n) ?? { count: 0, rate: 0 };
  const main = rate > 0 ? `${formatRate(rate)}/s` : "idle";
  if (edge.dead) {
    const lately = hover && rate > 0 ? main : "";
    return { main: "dead letter", more: [formatCount(count), lately].filter(Boolean).join(" · "), ink: "ink" };
  }
  const shared = hover && state === "shared" ? "already connected: same queue" : "";
  const total = detailed || hover ? formatCount(count) : "";
  return { main, more: [total, shared].filter(Boolean).join(" · "), ink: rate > 0 ? "brandText" : "staleText" };
}

/** Where along an edge a pill is tried: near the end where edges have already parted. */
function sharesFor(drawn: DrawnEdge, picture: Picture): readonly number[] {
  const { source, outport, target, inport } = drawn.edge;
  if (picture.edgesAtPort(source, "out", outport).length > 1) return [0.66, 0.74, 0.58, 0.82, 0.5];
  if (picture.edgesAtPort(target, "in", inport).length > 1) return [0.34, 0.26, 0.42, 0.5];
  return [0.5, 0.62, 0.38, 0.72, 0.28, 0.8, 0.2];
}

function isFree(pill: Placed, placed: readonly Placed[], picture: Picture): boolean {
  for (const other of placed)
    if (Math.abs(other.x - pill.x) < (other.w + pill.w) / 2 + 2 && Math.abs(other.y - pill.y) < (other.h + pill.h) / 2 + 2)
      return false;
  for (const { card, x, y } of picture.cards.values())
    if (
      pill.x + pill.w / 2 > x - 6 &&
      pill.x - pill.w / 2 < x + card.w + 6 &&
      pill.y + pill.h / 2 > y &&
      pill.y - pill.h / 2 < y + card.h
    )
      return false;
  return true;
}

/** Whether all edges have their pills, not only the one under the pointer. */
export function showsPills(camera: Camera, picture: Picture): boolean {
  return camera.zoom >= MIN_ZOOM && picture.edges.size <= MAX_EDGES;
}

export function paintPills(
  context: CanvasRenderingContext2D,
  picture: Picture,
  store: SceneStore,
  palette: Palette,
  camera: Camera,
  size: Size,
  hover: number | null,
): void {
  const all = showsPills(camera, picture);
  const remarked = all ? [] : [...picture.edges.values()].filter(({ edge }) => edge.remark).slice(0, MAX_REMARKS);
  if (!all && hover === null && remarked.length === 0) return;
  const scale = camera.zoom < MIN_ZOOM ? MIN_ZOOM / camera.zoom : 1;
  const seen = seenBox(camera, size);
  const placed: Placed[] = [];
  const paint = (drawn: DrawnEdge, isHover: boolean): void => {
    if (drawn.path.length < 4 || !isVisible(drawn.box, seen)) return;
    const told = all || isHover;
    const label = told ? labelOf(drawn.edge, store, camera.zoom >= COUNT_ZOOM, isHover) : SIGN_ONLY;
    paintPill(context, drawn, label, picture, palette, scale, isHover, placed);
  };
  const first = hover === null ? undefined : picture.edges.get(hover);
  if (first) paint(first, true);
  for (const drawn of all ? picture.edges.values() : remarked) if (drawn !== first) paint(drawn, false);
}

function paintPill(
  context: CanvasRenderingContext2D,
  drawn: DrawnEdge,
  label: Label,
  picture: Picture,
  palette: Palette,
  scale: number,
  isHover: boolean,
  placed: Placed[],
): void {
  const bold = font(palette.ui, 10.5 * scale, 600);
  const plain = font(palette.ui, 10.5 * scale, 400);
  const pad = 7 * scale;
  const mainWidth = textWidth(label.main, bold);
  const room = drawn.edge.remark ? SIGN_ROOM * scale : 0;
  const w = room + mainWidth + (label.more ? pad + textWidth(label.more, plain) : 0) + 2 * pad;
  const h = 18 * scale;
  const shares = sharesFor(drawn, picture);
  const places = shares.map((share) => ({ ...drawn.sampler.place(share), w, h }));
  const pill = places.find((place) => isFree(place, placed, picture)) ?? (isHover ? places[0] : undefined);
  if (!pill) return;
  placed.push(pill);
  const left = pill.x - w / 2;
  context.beginPath();
  context.roundRect(left, pill.y - h / 2, w, h, h / 2);
  context.fillStyle = palette.canvas;
  context.fill();
  context.lineWidth = scale;
  context.strokeStyle = isHover ? palette.brand : palette.rule;
  context.stroke();
  if (room) paintShapes(context, sign(label.main ? left + pad + room * 0.4 : pill.x, pill.y - scale, SIGN_SIZE * scale, palette), palette, 1);
  context.textAlign = "left";
  context.font = bold;
  context.fillStyle = palette[label.ink];
  context.fillText(label.main, left + room + pad, pill.y + 3.8 * scale);
  if (!label.more) return;
  context.font = plain;
  context.fillStyle = palette.muted;
  context.fillText(label.more, left + room + 2 * pad + mainWidth, pill.y + 3.8 * scale);
}
