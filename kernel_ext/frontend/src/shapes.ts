/**
 * The display list: what a card consists of, and its painting on a canvas.
 *
 * Five shapes are enough. They are plain values, so that a card can be tested without a canvas and
 * written by another back end.
 */
import { findIcon } from "./icons";
import { font, type Fonts } from "./text";

export interface Stroke {
  readonly colour: string;
  readonly width: number;
  readonly dash?: readonly number[];
}

interface Filled {
  readonly fill?: string | undefined;
  readonly stroke?: Stroke | undefined;
}

export interface RectShape extends Filled {
  readonly kind: "rect";
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly radius: number;
  readonly shadow?: string | undefined;
}

export interface CircleShape extends Filled {
  readonly kind: "circle";
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

export interface PolygonShape extends Filled {
  readonly kind: "polygon";
  /** x, y, x, y, ... */
  readonly points: readonly number[];
}

export interface IconShape {
  readonly kind: "icon";
  readonly name: string;
  /** Centre, and the length of the longer side. */
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly fill: string;
}

export interface TextShape {
  readonly kind: "text";
  /** The anchor, on the base line. */
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly weight: number;
  readonly fill: string;
  readonly align: "left" | "center" | "right";
  readonly mono?: boolean;
}

export type Shape = RectShape | CircleShape | PolygonShape | IconShape | TextShape;

const NO_DASH: number[] = [];
const iconPaths = new Map<string, Path2D>();

function iconPath(name: string, data: string): Path2D {
  let path = iconPaths.get(name);
  if (!path) {
    if (iconPaths.size > 500) iconPaths.clear();
    iconPaths.set(name, (path = new Path2D(data)));
  }
  return path;
}

function finish(context: CanvasRenderingContext2D, shape: Filled): void {
  if (shape.fill) {
    context.fillStyle = shape.fill;
    context.fill();
  }
  if (shape.stroke) {
    const { colour, width, dash } = shape.stroke;
    context.strokeStyle = colour;
    context.lineWidth = width;
    if (dash) context.setLineDash(dash as number[]);
    context.stroke();
    if (dash) context.setLineDash(NO_DASH);
  }
}

function paintRect(context: CanvasRenderingContext2D, shape: RectShape, scale: number): void {
  context.beginPath();
  if (shape.radius > 0) context.roundRect(shape.x, shape.y, shape.w, shape.h, shape.radius);
  else context.rect(shape.x, shape.y, shape.w, shape.h);
  if (shape.shadow && shape.fill) {
    // Canvas shadows ignore the transformation, so they are given in device pixels.
    context.shadowColor = shape.shadow;
    context.shadowBlur = 8 * scale;
    context.shadowOffsetY = 2 * scale;
    context.fillStyle = shape.fill;
    context.fill();
    context.shadowColor = "transparent";
    finish(context, { stroke: shape.stroke });
  } else finish(context, shape);
}

function paintIcon(context: CanvasRenderingContext2D, shape: IconShape): void {
  const icon = findIcon(shape.name);
  const scale = shape.size / Math.max(icon.w, icon.h);
  context.save();
  context.translate(shape.x - (icon.w * scale) / 2, shape.y - (icon.h * scale) / 2);
  context.scale(scale, scale);
  context.fillStyle = shape.fill;
  context.fill(iconPath(shape.name, icon.d));
  context.restore();
}

/**
 * Paints a display list at the context's current origin.
 *
 * @param scale device pixels per model pixel, for shadows
 */
export function paintShapes(
  context: CanvasRenderingContext2D,
  shapes: readonly Shape[],
  fonts: Fonts,
  scale: number,
): void {
  context.lineJoin = "round";
  for (const shape of shapes) {
    switch (shape.kind) {
      case "rect":
        paintRect(context, shape, scale);
        break;
      case "circle":
        context.beginPath();
        context.arc(shape.x, shape.y, shape.r, 0, 2 * Math.PI);
        finish(context, shape);
        break;
      case "polygon":
        context.beginPath();
        for (let i = 0; i < shape.points.length; i += 2)
          context.lineTo(shape.points[i]!, shape.points[i + 1]!);
        context.closePath();
        finish(context, shape);
        break;
      case "icon":
        paintIcon(context, shape);
        break;
      case "text":
        context.font = font(shape.mono ? fonts.mono : fonts.ui, shape.size, shape.weight);
        context.textAlign = shape.align;
        context.fillStyle = shape.fill;
        context.fillText(shape.text, shape.x, shape.y);
    }
  }
}
