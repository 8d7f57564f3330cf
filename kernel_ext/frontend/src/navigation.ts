/** Where the arrow keys lead. Pure. */
import { type Picture, portsOf, type PortPlace } from "./picture";
import type { Side } from "./protocol";

/** The next card above (-1) or below (1) in the same column; at its end, the nearest column's first. */
export function nextInColumn(picture: Picture, id: string, direction: 1 | -1): string | null {
  const from = picture.cards.get(id);
  if (!from) return null;
  const middle = from.x + from.card.w / 2;
  let best: string | null = null;
  let bestDistance = Infinity;
  let beyond: string | null = null;
  let beyondDistance = Infinity;
  for (const [other, { x, y, card }] of picture.cards) {
    if (other === id) continue;
    const dy = (y - from.y) * direction;
    const dx = x + card.w / 2 - middle;
    const inColumn = x < from.x + from.card.w && x + card.w > from.x;
    if (inColumn && dy > 0 && dy < bestDistance) {
      bestDistance = dy;
      best = other;
    }
    // Past the last card of a column: on to the next column, as in reading.
    const sideways = dx * direction;
    const distance = sideways * 1e4 + dy;
    if (!inColumn && sideways > 0 && distance < beyondDistance) {
      beyondDistance = distance;
      beyond = other;
    }
  }
  return best ?? beyond;
}

/** The port before or after one on the same card, inports first, round and round. */
export function nextPort(
  picture: Picture,
  at: { readonly id: string; readonly side: Side; readonly port: string },
  direction: 1 | -1,
): PortPlace | null {
  const drawn = picture.cards.get(at.id);
  if (!drawn) return null;
  const places = [...portsOf(drawn)];
  const index = places.findIndex((place) => place.side === at.side && place.port.id === at.port);
  return places[(index + direction + places.length) % places.length] ?? null;
}
