/**
 * A card as a display list, in the card's own coordinates: (0, 0) is its upper left corner.
 *
 * Sizes and port heights come from the kernel; here is only how they look, at three levels of
 * detail. No state changes a card's size, and every state has two signals besides its colour.
 */
import type { Card, Port, Side } from "./protocol";
import type { Shape, Stroke } from "./shapes";
import { fitText, font, textWidth } from "./text";
import type { Palette } from "./theme";

/** 2: the whole card; 1: icon and role; 0: icon; -1: a rectangle in the state's colour. */
export type Detail = 2 | 1 | 0 | -1;

/** The level of detail at a zoom. */
export function detailAt(zoom: number): Detail {
  if (zoom >= 0.72) return 2;
  if (zoom >= 0.28) return 1;
  return zoom >= 0.16 ? 0 : -1;
}

/** Which port of a card is meant. */
export interface PortKey {
  readonly side: Side;
  readonly id: string;
}

/** What the user does with the card right now. */
export interface Attention {
  readonly hover?: boolean;
  readonly selected?: boolean;
  readonly focus?: boolean;
  readonly port?: PortKey | null;
}

const RADIUS = 8;
const HEADER = 48;
const TEXT_LEFT = 44;
const PORT_INSET = 14;
const FIELD_MAX = 112;

interface Colours {
  readonly fill: string;
  readonly line: Stroke;
  readonly title: string;
  readonly subtitle: string;
  readonly label: string;
  readonly glyph: string;
  readonly tile: string;
  readonly tileInk: string;
}

function coloursOf(card: Card, palette: Palette, attention: Attention, detail: Detail): Colours {
  const thin = detail > 0 ? 1 : 1.5;
  if (card.state === "stale" || card.state === "absent")
    return {
      fill: card.state === "absent" ? palette.canvas : palette.staleFill,
      line: { colour: attention.hover ? palette.borderHover : palette.staleLine, width: thin, dash: [4, 3] },
      title: palette.staleText,
      subtitle: palette.staleText,
      label: palette.staleText,
      glyph: palette.staleLine,
      tile: palette.staleTile,
      tileInk: palette.staleTileInk,
    };
  const error = card.state === "error";
  const border = attention.hover ? palette.borderHover : palette.border;
  return {
    fill: palette.card,
    line: { colour: error ? palette.error : border, width: error ? 1.5 : thin },
    title: palette.ink,
    subtitle: error ? palette.errorText : palette.muted,
    label: palette.muted,
    glyph: palette.edge,
    tile: error ? palette.errorTile : palette.tile,
    tileInk: error ? palette.errorText : palette.tileInk,
  };
}

/** Builds the display list of a card. */
export function cardShapes(
  card: Card,
  palette: Palette,
  detail: Detail,
  zoom: number,
  attention: Attention = {},
): Shape[] {
  const colours = coloursOf(card, palette, attention, detail);
  if (detail < 0 && !attention.hover && !attention.selected && !attention.focus)
    return farShapes(card, palette, colours);
  const shapes: Shape[] = [];
  body(shapes, card, palette, colours, detail, attention);
  if (detail === 2) {
    header(shapes, card, palette, colours);
    for (const port of card.inports) inportRow(shapes, card, port, palette, colours);
    for (const port of card.outports) outportRow(shapes, card, port, palette, colours);
  } else if (detail === 1) iconAndRole(shapes, card, palette, colours, zoom);
  else {
    const tile = Math.min(card.w, card.h) * 0.62;
    icon(shapes, card.icon, colours, (card.w - tile) / 2, (card.h - tile) / 2, tile, tile * 0.6);
  }
  if (detail > 0) {
    const size = detail === 2 ? 1 : Math.min(1.5, 0.8 / zoom);
    for (const port of card.inports) glyph(shapes, card, port, "in", palette, colours, detail, size, attention);
    for (const port of card.outports) glyph(shapes, card, port, "out", palette, colours, detail, size, attention);
  }
  badges(shapes, card, palette, detail === 2 ? 1 : Math.min(2.4, 0.85 / Math.max(zoom, 0.01)));
  return shapes;
}

/** Far away: a rectangle; an error also has an exclamation mark, drawn, since text would not be legible. */
function farShapes(card: Card, palette: Palette, colours: Colours): Shape[] {
  const { w, h } = card;
  const error = card.state === "error";
  const fill = error ? palette.error : colours.fill;
  const line = { ...colours.line, colour: error ? palette.error : palette.staleLine, width: 5 };
  const shapes: Shape[] = [{ kind: "rect", x: 0, y: 0, w, h, radius: 0, fill, stroke: line }];
  if (error) {
    const mark = { kind: "rect", x: w * 0.46, w: w * 0.08, radius: 0, fill: palette.onError } as const;
    shapes.push({ ...mark, y: h * 0.2, h: h * 0.4 }, { ...mark, y: h * 0.7, h: h * 0.1 });
  }
  return shapes;
}

function body(
  shapes: Shape[],
  card: Card,
  palette: Palette,
  colours: Colours,
  detail: Detail,
  attention: Attention,
): void {
  const { w, h } = card;
  const ring = (gap: number, colour: string): Shape => ({
    kind: "rect",
    x: -gap,
    y: -gap,
    w: w + 2 * gap,
    h: h + 2 * gap,
    radius: RADIUS + gap,
    stroke: { colour, width: 2 },
  });
  if (card.workers > 1) {
    // More sheets under the card, never beside it: the sides belong to the ports.
    const sheet = { kind: "rect", radius: RADIUS, fill: colours.fill, stroke: colours.line } as const;
    shapes.push({ ...sheet, x: 10, y: h - 30, w: w - 20, h: 38 }, { ...sheet, x: 5, y: h - 30, w: w - 10, h: 34 });
  }
  if (attention.selected) shapes.push(ring(4, palette.brand));
  if (attention.focus) shapes.push(ring(7, palette.ink));
  const raised = detail === 2 && (card.state === "running" || card.state === "error");
  shapes.push({
    kind: "rect",
    x: 0,
    y: 0,
    w,
    h,
    radius: RADIUS,
    fill: colours.fill,
    stroke: colours.line,
    shadow: raised ? palette.shadow : undefined,
  });
}

function icon(
  shapes: Shape[],
  name: string,
  colours: Colours,
  x: number,
  y: number,
  tile: number,
  size: number,
): void {
  shapes.push(
    { kind: "rect", x, y, w: tile, h: tile, radius: tile / 4, fill: colours.tile },
    { kind: "icon", name, x: x + tile / 2, y: y + tile / 2, size, fill: colours.tileInk },
  );
}

function header(shapes: Shape[], card: Card, palette: Palette, colours: Colours): void {
  icon(shapes, card.icon, colours, 12, 12, 24, 13);
  let right = card.w - 12;
  if (card.workers > 1) {
    const text = `×${card.workers}`;
    const width = Math.ceil(textWidth(text, font(palette.ui, 11, 600))) + 12;
    shapes.push(
      { kind: "rect", x: right - width, y: 15, w: width, h: 18, radius: 9, fill: colours.tile },
      { kind: "text", x: right - width / 2, y: 28, text, size: 11, weight: 600, fill: colours.tileInk, align: "center" },
    );
    right -= width + 6;
  }
  const room = right - TEXT_LEFT;
  const line = (text: string, y: number, size: number, weight: number, fill: string): void => {
    const fitted = fitText(text, font(palette.ui, size, weight), room);
    shapes.push({ kind: "text", x: TEXT_LEFT, y, text: fitted, size, weight, fill, align: "left" });
  };
  line(card.id, 22, 13, 600, colours.title);
  line(card.subtitle, 37, 11, 400, colours.subtitle);
  shapes.push({ kind: "rect", x: 1, y: HEADER, w: card.w - 2, h: 1, radius: 0, fill: palette.rule });
}

/** Room that the outport in the same row leaves for an inport's name and field. */
function roomOfInport(card: Card, port: Port, palette: Palette): number {
  const other = card.outports.find((out) => Math.abs(out.y - port.y) < 1);
  if (!other) return card.w - PORT_INSET - 12;
  const width = Math.min(textWidth(other.id, font(palette.ui, 11, 400)), card.w / 2);
  return card.w - 2 * PORT_INSET - width - 12;
}

function inportRow(shapes: Shape[], card: Card, port: Port, palette: Palette, colours: Colours): void {
  const y = port.y + 4;
  const room = roomOfInport(card, port, palette);
  const ui = font(palette.ui, 11, 400);
  const name = fitText(port.id, ui, port.literal === null ? room : Math.max(24, room - 40));
  shapes.push({ kind: "text", x: PORT_INSET, y, text: name, size: 11, weight: 400, fill: colours.label, align: "left" });
  if (port.literal === null) return;
  const mono = font(palette.mono, 11, 400);
  const x = PORT_INSET + textWidth(name, ui) + 8;
  const space = Math.min(FIELD_MAX, PORT_INSET + room - x);
  if (space < 20) return;
  const width = Math.min(space, Math.max(32, textWidth(fitText(port.literal, mono, 400), mono) + 12));
  shapes.push(
    {
      kind: "rect",
      x,
      y: port.y - 9,
      w: width,
      h: 18,
      radius: 4,
      fill: palette.field,
      stroke: { colour: palette.fieldBorder, width: 1 },
    },
    {
      kind: "text",
      x: x + 6,
      y,
      text: fitText(port.literal, mono, width - 11),
      size: 11,
      weight: 400,
      fill: palette.ink,
      align: "left",
      mono: true,
    },
  );
}

function outportRow(shapes: Shape[], card: Card, port: Port, palette: Palette, colours: Colours): void {
  const shared = card.inports.some((other) => Math.abs(other.y - port.y) < 1);
  const text = fitText(port.id, font(palette.ui, 11, 400), shared ? card.w / 2 : card.w - PORT_INSET - 12);
  const x = card.w - PORT_INSET;
  shapes.push({ kind: "text", x, y: port.y + 4, text, size: 11, weight: 400, fill: colours.label, align: "right" });
}

function iconAndRole(shapes: Shape[], card: Card, palette: Palette, colours: Colours, zoom: number): void {
  const { w, h } = card;
  const room = w - 24;
  let size = Math.min(26, Math.max(13, 10.5 / zoom));
  const width = textWidth(fitText(card.id, font(palette.ui, size, 600), 4 * room), font(palette.ui, size, 600));
  if (width > room) size = Math.max(size * 0.82, (size * room) / width);
  const tile = Math.min(h * 0.36, size * 1.45);
  const top = (h - tile - size * 1.2) / 2;
  icon(shapes, card.icon, colours, 12, top, tile, tile * 0.56);
  const text = fitText(card.id, font(palette.ui, size, 600), room + 2);
  const y = top + tile + size * 1.12;
  shapes.push({ kind: "text", x: 12, y, text, size, weight: 600, fill: colours.title, align: "left" });
  if (card.workers > 1)
    shapes.push({
      kind: "text",
      x: 20 + tile,
      y: top + tile / 2 + size * 0.3,
      text: `×${card.workers}`,
      size: size * 0.8,
      weight: 600,
      fill: colours.tileInk,
      align: "left",
    });
}

function glyph(
  shapes: Shape[],
  card: Card,
  port: Port,
  side: Side,
  palette: Palette,
  colours: Colours,
  detail: Detail,
  size: number,
  attention: Attention,
): void {
  const hot = attention.port?.side === side && attention.port.id === port.id;
  if (detail === 1 && !port.linked && !hot) return;
  const colour = hot ? palette.brand : colours.glyph;
  const fill = port.linked || hot ? colour : card.state === "absent" ? palette.canvas : palette.card;
  const stroke = { colour, width: 1.5 * size };
  const y = port.y;
  if (side === "out") {
    shapes.push({ kind: "circle", x: card.w, y, r: (hot ? 6 : 4) * size, fill, stroke });
    return;
  }
  const r = (hot ? 6 : 4.5) * size;
  if (port.literal !== null && !port.linked)
    shapes.push({ kind: "polygon", points: [0, y - r, r, y, 0, y + r, -r, y], fill: colour, stroke });
  else shapes.push({ kind: "polygon", points: [1 - r, y - r, r + 1, y, 1 - r, y + r], fill, stroke });
}

/** At the upper edge: what the state says at the right corner, and the remark there or beside it. */
function badges(shapes: Shape[], card: Card, palette: Palette, size: number): void {
  badge(shapes, card, palette, size);
  if (!card.remark) return;
  const isTaken = card.state === "error" || card.state === "stale";
  shapes.push(...sign(card.w - 6 - (isTaken ? 24 * size : 0), 2, size, palette));
}

/** The sign of a remark: a triangle, which nothing else is. */
export function sign(x: number, y: number, size: number, palette: Palette): Shape[] {
  const points = [x, y - 6 * size, x + 7 * size, y + 6 * size, x - 7 * size, y + 6 * size];
  const triangle = (fill: string, width: number): Shape => ({
    kind: "polygon",
    points,
    fill,
    stroke: { colour: fill, width: width * size },
  });
  const mark = { text: "!", size: 11 * size, weight: 700, fill: palette.onDead, align: "center" } as const;
  return [triangle(palette.canvas, 6), triangle(palette.dead, 2), { kind: "text", x, y: y + 5.5 * size, ...mark }];
}

function badge(shapes: Shape[], card: Card, palette: Palette, size: number): void {
  const x = card.w - 6;
  const y = 2;
  const rim = { colour: palette.canvas, width: 2 * size };
  if (card.state === "error") {
    const text = card.errors > 1 ? (card.errors > 9 ? "9+" : String(card.errors)) : "!";
    shapes.push(
      { kind: "circle", x, y, r: 9 * size, fill: palette.error, stroke: rim },
      {
        kind: "text",
        x,
        y: y + (text.length > 1 ? 3.4 : 4) * size,
        text,
        size: (text.length > 1 ? 9.5 : 11) * size,
        weight: 700,
        fill: palette.onError,
        align: "center",
      },
    );
  } else if (card.state === "stale")
    shapes.push(
      { kind: "circle", x, y, r: 9 * size, fill: palette.canvas, stroke: rim },
      { kind: "icon", name: "clock", x, y, size: 16 * size, fill: palette.staleText },
    );
}
