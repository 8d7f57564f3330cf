/**
 * Says in words what has happened: errors, joins and leaves, in one polite live region.
 *
 * What comes in quick succession is said together, and long lists as a number; counts of messages
 * are never said.
 */
import { make, setText } from "./dom";
import { plural, spoken } from "./format";
import type { Card } from "./protocol";

const WAIT_MS = 900;
const MAX_NAMES = 3;

type Event = "joined" | "left" | "failed" | "fell silent" | "recovered";

/** What a change of one card means for a listener, if anything. Pure. */
export function eventOf(before: Card | undefined, after: Card | undefined): Event | null {
  const here = (card: Card | undefined): boolean => card !== undefined && card.state !== "absent";
  if (!here(before) && here(after)) return after!.state === "error" ? "failed" : "joined";
  if (here(before) && !here(after)) return "left";
  if (!before || !after || before.state === after.state) return null;
  if (after.state === "error") return "failed";
  if (after.state === "stale") return "fell silent";
  return after.state === "running" ? "recovered" : null;
}

/** One sentence for each kind of event. Pure. */
export function phrase(events: ReadonlyMap<Event, readonly string[]>): string {
  const sentences: string[] = [];
  for (const [event, names] of events)
    sentences.push(`${names.length > MAX_NAMES ? plural(names.length, "participant") : names.join(", ")} ${event}.`);
  return sentences.join(" ");
}

export class Announcer {
  readonly element = make("div", "msgflo-hidden", { role: "status", "aria-live": "polite" });
  readonly #events = new Map<Event, string[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  note(before: Card | undefined, after: Card | undefined): void {
    const event = eventOf(before, after);
    if (!event) return;
    const names = this.#events.get(event) ?? [];
    names.push(spoken((after ?? before)!.id));
    this.#events.set(event, names);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const text = phrase(this.#events);
      this.#events.clear();
      setText(this.element, text);
    }, WAIT_MS);
  }

  /** Says something at once, e.g. why an edit was refused. */
  say(text: string): void {
    setText(this.element, text);
  }

  destroy(): void {
    clearTimeout(this.#timer);
  }
}
