/** Paints the ground layer: the dot grid and all edges at rest. */
import { type Camera, seenBox, type Size } from "./camera";
import { tracePath } from "./edges";
import { type DrawnEdge, isVisible, type Picture } from "./picture";
import { type EdgeState, isWaiting } from "./protocol";
import type { Palette } from "./theme";

const GRID = 24;
const PENDING_DASH = [7, 5];

function paintGrid(context: CanvasRenderingContext2D, camera: Camera, size: Size, colour: string): void {
  let step = GRID;
  while (step * camera.zoom < 16) step *= 2;
  const seen = seenBox(camera, size);
  const dot = 1.5 / camera.zoom;
  context.fillStyle = colour;
  context.beginPath();
  for (let x = Math.ceil(seen.left / step) * step; x < seen.right; x += step)
    for (let y = Math.ceil(seen.top / step) * step; y < seen.bottom; y += step)
      context.rect(x - dot / 2, y - dot / 2, dot, dot);
  context.fill();
}

/** How an edge is drawn: where nothing can pass yet, it does not matter what would. */
export function looksDead({ state, dead }: { readonly state: EdgeState; readonly dead: boolean }): boolean {
  return dead && !isWaiting(state);
}

/** Round dots along the lines that follow, at a width; `lineCap` has to be round. */
export function dotted(context: CanvasRenderingContext2D, width: number): void {
  context.lineWidth = width;
  context.setLineDash([width / 2.5, width * 2]);
}

/** Width of the dots of dead letters at rest, in model pixels. */
export function dotWidth(zoom: number): number {
  return restWidth(zoom) + 1;
}

/** Width of a line at rest, in model pixels. */
export function restWidth(zoom: number): number {
  return zoom < 0.72 ? Math.min(6, Math.max(2, 0.8 / zoom)) : 1.5;
}

export function paintGround(
  context: CanvasRenderingContext2D,
  picture: Picture,
  palette: Palette,
  camera: Camera,
  size: Size,
  attention: { readonly selected: ReadonlySet<number>; readonly hover: number | null },
): void {
  paintGrid(context, camera, size, palette.grid);
  const seen = seenBox(camera, size);
  const pending: DrawnEdge[] = [];
  const dead: DrawnEdge[] = [];
  const special: DrawnEdge[] = [];
  context.lineCap = "round";
  context.lineWidth = restWidth(camera.zoom);
  context.strokeStyle = palette.edge;
  context.beginPath();
  for (const drawn of picture.edges.values()) {
    if (drawn.path.length < 4 || !isVisible(drawn.box, seen)) continue;
    const { n, state } = drawn.edge;
    if (attention.selected.has(n) || attention.hover === n) special.push(drawn);
    else if (isWaiting(state)) pending.push(drawn);
    else if (drawn.edge.dead) dead.push(drawn);
    else tracePath(drawn.path, context);
  }
  context.stroke();

  context.setLineDash(PENDING_DASH);
  context.lineCap = "butt";
  context.beginPath();
  for (const drawn of pending) tracePath(drawn.path, context);
  context.stroke();

  context.lineCap = "round";
  context.strokeStyle = palette.dead;
  dotted(context, dotWidth(camera.zoom));
  context.beginPath();
  for (const drawn of dead) tracePath(drawn.path, context);
  context.stroke();

  context.strokeStyle = palette.brand;
  for (const drawn of special) {
    const wider = attention.selected.has(drawn.edge.n) ? 1 : 0.5;
    if (looksDead(drawn.edge)) dotted(context, dotWidth(camera.zoom) + wider);
    else {
      context.lineWidth = restWidth(camera.zoom) + wider;
      context.setLineDash(isWaiting(drawn.edge.state) ? PENDING_DASH : []);
    }
    context.lineCap = isWaiting(drawn.edge.state) ? "butt" : "round";
    context.beginPath();
    tracePath(drawn.path, context);
    context.stroke();
  }
  context.setLineDash([]);
}
