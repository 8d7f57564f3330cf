/**
 * What is said in words around the picture: the toolbar's numbers, the summary for screen readers,
 * and the one line over the picture (waiting, empty, or what the kernel has to say).
 */
import type { Announcer } from "./announcer";
import { make, setAttributes, setText } from "./dom";
import { plural, spoken } from "./format";
import type { SceneStore } from "./store";
import { countTotals, describeTotals, type Toolbar } from "./toolbar";
import type { Twin } from "./twin";

const TOTALS_MS = 250;
const NOTE_MS = 6_000;

export interface StatusParts {
  readonly store: SceneStore;
  readonly root: HTMLElement;
  readonly stage: HTMLElement;
  readonly toolbar: Toolbar;
  readonly twin: Twin;
  readonly announcer: Announcer;
}

export class Status {
  readonly note = make("div", "msgflo-note", { hidden: true, dir: "auto" });
  readonly #parts: StatusParts;
  #totalsTimer: ReturnType<typeof setTimeout> | undefined;
  #noteTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: StatusParts) {
    this.#parts = parts;
  }

  destroy(): void {
    clearTimeout(this.#totalsTimer);
    clearTimeout(this.#noteTimer);
  }

  /** Numbers have changed: show them soon, several changes at once. */
  showSoon(): void {
    this.#totalsTimer ??= setTimeout(() => this.show(), TOTALS_MS);
  }

  /** Shows the present numbers. */
  show(): void {
    clearTimeout(this.#totalsTimer);
    this.#totalsTimer = undefined;
    const { store, root, stage, toolbar, twin } = this.#parts;
    const totals = countTotals(store);
    const name = spoken(store.name);
    toolbar.show(store.name, totals, store.revision !== null);
    const { error, stale } = totals.problems;
    twin.setSummary(`${describeTotals(totals)}, ${plural(error, "error")}, ${stale} stale`);
    setAttributes(root, { "aria-label": `Network ${name}` });
    setAttributes(stage, { "aria-label": `Picture of the network ${name}` });
    if (this.#noteTimer === undefined) this.#showStanding();
  }

  /** Says a line for a while. */
  say(text: string, error: boolean): void {
    const line = spoken(text);
    this.#put(line, error ? " msgflo-note-error" : "");
    this.#parts.announcer.say(line);
    clearTimeout(this.#noteTimer);
    this.#noteTimer = setTimeout(() => {
      this.#noteTimer = undefined;
      this.#showStanding();
    }, NOTE_MS);
  }

  /** The line that stands when nothing is being said. */
  #showStanding(): void {
    const { store } = this.#parts;
    if (store.revision === null) this.#put("waiting for the lab…", " msgflo-note-middle");
    else if (store.cards.size === 0) this.#put("no participants yet", " msgflo-note-middle");
    else this.note.hidden = true;
  }

  #put(text: string, look: string): void {
    this.note.className = `msgflo-note${look}`;
    this.note.hidden = false;
    setText(this.note, text);
  }
}
