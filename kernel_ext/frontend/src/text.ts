/**
 * Measuring and shortening text for the canvas.
 *
 * Measuring is what makes drawing text slow, so widths and shortened texts are remembered. Both
 * memories are bounded; when full they start anew, which costs one slower frame.
 */
import { oneLine } from "./format";

export interface Fonts {
  readonly ui: string;
  readonly mono: string;
}

const MEMORY = 6_000;
const widths = new Map<string, number>();
const shortened = new Map<string, string>();
let measuring: CanvasRenderingContext2D | null = null;

function remember<T>(memory: Map<string, T>, key: string, value: T): T {
  if (memory.size >= MEMORY) memory.clear();
  memory.set(key, value);
  return value;
}

/** The canvas shorthand of a font. */
export function font(family: string, size: number, weight: number): string {
  return `${weight} ${size}px ${family}`;
}

/** Width of a text in px. */
export function textWidth(text: string, inFont: string): number {
  const key = `${inFont}|${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (typeof document !== "undefined") measuring ??= document.createElement("canvas").getContext("2d");
  if (!measuring) return text.length * 6; // outside a browser, for tests
  measuring.font = inFont;
  return remember(widths, key, measuring.measureText(text).width);
}

/** The text on one line, cut with an ellipsis so that it is at most `room` px wide. */
export function fitText(name: string, inFont: string, room: number): string {
  if (room <= 0) return "";
  const key = `${inFont}|${Math.round(room)}|${name.slice(0, 400)}`;
  const known = shortened.get(key);
  if (known !== undefined) return known;
  // Nothing that fits a card is longer than this, and measuring a megabyte would stop the page.
  const text = oneLine(name.slice(0, 400));
  if (text.length === name.length && textWidth(text, inFont) <= room) return remember(shortened, key, text);
  // Code points, so that the cut never goes through the middle of an emoji.
  const letters = Array.from(text);
  let fits = 0;
  let tooMany = letters.length + 1;
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (textWidth(`${letters.slice(0, middle).join("")}…`, inFont) <= room) fits = middle;
    else tooMany = middle;
  }
  const cut = fits > 0 ? `${letters.slice(0, fits).join("").trimEnd()}…` : "";
  return remember(shortened, key, cut);
}

/** Forgets everything, e.g. after web fonts have arrived. */
export function forgetWidths(): void {
  widths.clear();
  shortened.clear();
}
