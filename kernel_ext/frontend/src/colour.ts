/** Colour arithmetic. Pure: red, green, blue in 0..255, alpha in 0..1. */

export type Colour = readonly [red: number, green: number, blue: number, alpha: number];

export const WHITE: Colour = [255, 255, 255, 1];
export const BLACK: Colour = [17, 17, 17, 1];

/** From `a` to `b` by a share. */
export function mix(a: Colour, b: Colour, share: number): Colour {
  const part = (i: 0 | 1 | 2): number => a[i] + (b[i] - a[i]) * share;
  return [part(0), part(1), part(2), 1];
}

/** A translucent colour as it looks on an opaque one. */
export function flatten(front: Colour, back: Colour): Colour {
  return mix(back, front, front[3]);
}

export function toCss(colour: Colour): string {
  const hex = (i: 0 | 1 | 2): string => Math.round(colour[i]).toString(16).padStart(2, "0");
  return `#${hex(0)}${hex(1)}${hex(2)}`;
}

/** Relative luminance (WCAG 2.2). */
export function luminance(colour: Colour): number {
  const part = (i: 0 | 1 | 2): number => {
    const value = colour[i] / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2);
}

/** Contrast ratio (WCAG 2.2), 1 to 21. */
export function contrast(a: Colour, b: Colour): number {
  const one = luminance(a);
  const other = luminance(b);
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** The colour, pushed towards the ink until it reaches a contrast ratio on a ground. */
export function readable(colour: Colour, ground: Colour, ink: Colour, ratio: number): Colour {
  for (let share = 0; share < 1; share += 0.04) {
    const tried = mix(colour, ink, share);
    if (contrast(tried, ground) >= ratio) return tried;
  }
  return ink;
}
