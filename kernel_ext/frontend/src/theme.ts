/**
 * The palette: a few colours of the host, everything else derived from them by mixing.
 *
 * In JupyterLab the host's colours are its theme's CSS variables, so every theme works. Elsewhere
 * they are VS Code's variables, or what the page itself looks like. The rule of the palette: grey is
 * structure, brand is messages, red is error, orange is what somebody should look at: dead letters, and
 * remarks. There is no other colour.
 */
import { BLACK, type Colour, contrast, flatten, luminance, mix, readable, toCss, WHITE } from "./colour";
import type { Fonts } from "./text";

/** Concrete CSS colours and fonts, ready for a canvas. */
export interface Palette extends Fonts {
  readonly dark: boolean;
  readonly canvas: string;
  readonly grid: string;
  readonly card: string;
  readonly border: string;
  readonly borderHover: string;
  readonly rule: string;
  readonly ink: string;
  readonly muted: string;
  readonly edge: string;
  readonly brand: string;
  readonly brandText: string;
  readonly tile: string;
  readonly tileInk: string;
  readonly error: string;
  readonly errorText: string;
  readonly errorTile: string;
  readonly onError: string;
  readonly dead: string;
  readonly onDead: string;
  readonly staleFill: string;
  readonly staleText: string;
  readonly staleLine: string;
  readonly staleTile: string;
  readonly staleTileInk: string;
  readonly field: string;
  readonly fieldBorder: string;
  readonly toolbar: string;
  readonly shadow: string;
}

/** What the host gives: the colours from which a palette follows. */
export interface HostColours extends Fonts {
  readonly ground: Colour;
  readonly surface: Colour;
  readonly ink: Colour;
  readonly muted: Colour;
  readonly brand: Colour;
  readonly error: Colour;
  readonly warn: Colour;
}

/** Derives the palette. Pure. */
export function derivePalette(host: HostColours): Palette {
  const dark = luminance(host.ground) < 0.4;
  const pick = (light: number, darkShare: number): number => (dark ? darkShare : light);
  const canvas = dark ? mix(host.ground, WHITE, 0.025) : mix(host.ground, [30, 50, 90, 1], 0.03);
  const card = dark ? mix(host.surface, WHITE, 0.02) : host.surface;
  const ink = flatten(host.ink, card);
  const { brand, error } = host;
  // Texts lie on cards and on the canvas: what is readable on the worse of the two is readable.
  const worst = dark ? card : mix(canvas, ink, 0.028);
  const text = (colour: Colour, ground = worst): string => toCss(readable(colour, ground, ink, 4.6));
  const dead = readable(host.warn, canvas, ink, 3.1);
  const bright = (colour: Colour): Colour => (dark ? mix(colour, WHITE, 0.25) : colour);
  const onCard = (share: number): string => toCss(mix(card, ink, share));
  return {
    dark,
    ui: host.ui,
    mono: host.mono,
    canvas: toCss(canvas),
    grid: toCss(mix(canvas, ink, 0.1)),
    card: toCss(card),
    border: onCard(pick(0.19, 0.2)),
    borderHover: onCard(0.45),
    rule: onCard(pick(0.08, 0.09)),
    ink: toCss(ink),
    muted: text(flatten(host.muted, card)),
    edge: toCss(readable(mix(canvas, ink, 0.4), canvas, ink, 3.05)),
    brand: toCss(brand),
    brandText: text(brand, dark ? card : canvas),
    tile: toCss(mix(card, brand, pick(0.1, 0.2))),
    tileInk: toCss(readable(bright(brand), mix(card, brand, 0.1), ink, 3.2)),
    error: toCss(error),
    errorText: text(bright(error), card),
    errorTile: toCss(mix(card, error, pick(0.08, 0.16))),
    onError: contrast(WHITE, error) >= 4.5 ? toCss(WHITE) : toCss(BLACK),
    dead: toCss(dead),
    onDead: contrast(WHITE, dead) >= 4.5 ? toCss(WHITE) : toCss(BLACK),
    staleFill: toCss(mix(card, canvas, 0.55)),
    staleText: text(mix(card, ink, 0.55)),
    staleLine: onCard(0.38),
    staleTile: onCard(0.08),
    staleTileInk: onCard(0.5),
    field: onCard(pick(0.055, 0.1)),
    fieldBorder: onCard(pick(0.14, 0.2)),
    toolbar: toCss(host.surface),
    shadow: dark ? "rgba(0,0,0,.45)" : "rgba(20,35,60,.12)",
  };
}

const LIGHT = { ground: "#ffffff", ink: "#212121", muted: "#6b6b6b", brand: "#1976d2", error: "#d32f2f", warn: "#f57c00" };
const DARK = { ground: "#1e1e1e", ink: "#e3e3e3", muted: "#9b9b9b", brand: "#2196f3", error: "#f44336", warn: "#ff9800" };
const UI_FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const MONO_FONT = "Menlo, Consolas, 'DejaVu Sans Mono', monospace";

let pixel: CanvasRenderingContext2D | null = null;

/** Reads any CSS colour; null if it is none. */
function readColour(css: string): Colour | null {
  if (!css || !CSS.supports("color", css)) return null;
  if (!pixel) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    pixel = canvas.getContext("2d", { willReadFrequently: true });
  }
  if (!pixel) return null;
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = css;
  pixel.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 0] = pixel.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

/** The first opaque background behind an element, for hosts without known variables. */
function backgroundBehind(element: Element): Colour | null {
  for (let at: Element | null = element.parentElement; at; at = at.parentElement) {
    const colour = readColour(getComputedStyle(at).backgroundColor);
    if (colour && colour[3] > 0.9) return colour;
  }
  return null;
}

/** Asks the host for its colours and fonts, as they are now at this element. */
export function readHost(element: Element): HostColours {
  const style = getComputedStyle(element);
  const variable = (...names: string[]): string => {
    for (const name of names) {
      const value = style.getPropertyValue(name).trim();
      if (value) return value;
    }
    return "";
  };
  const ground =
    readColour(variable("--jp-layout-color0", "--vscode-editor-background")) ??
    backgroundBehind(element) ??
    readColour(matchMedia("(prefers-color-scheme: dark)").matches ? DARK.ground : LIGHT.ground)!;
  const otherwise = luminance(ground) < 0.4 ? DARK : LIGHT;
  const colour = (fallback: string, ...names: string[]): Colour =>
    readColour(variable(...names)) ?? readColour(fallback)!;
  const opaqueGround = flatten(ground, WHITE);
  return {
    ground: opaqueGround,
    surface: flatten(
      readColour(variable("--jp-layout-color1", "--vscode-editorWidget-background")) ?? opaqueGround,
      opaqueGround,
    ),
    ink: colour(otherwise.ink, "--jp-ui-font-color1", "--vscode-editor-foreground"),
    muted: colour(otherwise.muted, "--jp-ui-font-color2", "--vscode-descriptionForeground"),
    brand: flatten(colour(otherwise.brand, "--jp-brand-color1", "--vscode-textLink-foreground"), opaqueGround),
    error: flatten(colour(otherwise.error, "--jp-error-color1", "--vscode-errorForeground"), opaqueGround),
    warn: flatten(colour(otherwise.warn, "--jp-warn-color1", "--vscode-editorWarning-foreground"), opaqueGround),
    ui: variable("--jp-ui-font-family", "--vscode-font-family") || UI_FONT,
    mono: variable("--jp-code-font-family", "--vscode-editor-font-family") || MONO_FONT,
  };
}
