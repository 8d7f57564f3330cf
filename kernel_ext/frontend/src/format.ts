/** Numbers and names as short text. Pure. */

const THIN_SPACE = "\u2009";

/** A whole number with thin spaces between thousands; from 100 000 on, short. */
export function formatCount(count: number): string {
  if (count >= 999_500) return `${(count / 1e6).toFixed(1)}M`;
  if (count >= 1e5) return `${Math.round(count / 1e3)}k`;
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
}

/** A number of messages a second, without unit: two figures that matter. */
export function formatRate(rate: number): string {
  if (rate >= 999_500) return `${(rate / 1e6).toFixed(1)}M`;
  if (rate >= 1e5) return `${Math.round(rate / 1e3)}k`;
  if (rate >= 9.95) return formatCount(rate);
  if (rate >= 0.05) return rate.toFixed(1);
  return rate > 0 ? "<0.1" : "0";
}

/** `1 error`, `2 errors`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/**
 * A name on one line: line breaks, tabs and other controls become spaces. What remains may still be
 * any script in any direction.
 */
export function oneLine(name: string): string {
  // eslint-disable-next-line no-control-regex
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
}

/** A name for reading aloud or in a list, never empty. */
export function spoken(name: string): string {
  return oneLine(name).trim() || "(no name)";
}
