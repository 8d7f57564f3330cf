/** The bar above the picture: name, totals, problems, zoom. Plain DOM. */
import { make, makeGlyph, setAttributes, setText } from "./dom";
import { formatRate, oneLine, plural } from "./format";
import { isJunction } from "./protocol";
import type { SceneStore } from "./store";

export interface ToolbarActions {
  zoomOut(): void;
  zoomIn(): void;
  fit(): void;
  tidy(): void;
  /** Shows the next card or edge that has this problem. */
  showProblem(problem: Problem): void;
}

export type Problem = "error" | "stale" | "pending" | "stopped" | "remark";

const GLYPHS = {
  zoomOut: "M3 8h10",
  zoomIn: "M3 8h10M8 3v10",
  fit: "M2.5 6V3.5a1 1 0 0 1 1-1H6M10 2.5h2.5a1 1 0 0 1 1 1V6M13.5 10v2.5a1 1 0 0 1-1 1H10M6 13.5H3.5a1 1 0 0 1-1-1V10",
  tidy: "M1.75 3h4.5v4h-4.5zM10.5 3h3.75v4H10.5zM10.5 10h3.75v4H10.5zM6.25 5h4.25M8.25 5v7h2.25",
  error: "M8 4.2v4.6M8 11.6v.2",
  stale: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11M8 5v3l2 1.5",
  pending: "M1 8h3.2M6.4 8h3.2M11.8 8h3.2",
  stopped: "M5.5 4v8M10.5 4v8",
  remark: "M8 2.6l6 10.6h-12zM8 6.6v3M8 11.4v.2",
};

/** Numbers that the bar and the summary for screen readers share. */
export interface Totals {
  readonly participants: number;
  /** How many of them are there: none if the lab is stopped. */
  readonly present: number;
  readonly edges: number;
  readonly rate: number;
  readonly problems: Readonly<Record<Problem, number>>;
}

/** Counts what there is. Pure. */
export function countTotals(store: SceneStore): Totals {
  const problems = { error: 0, stale: 0, pending: 0, stopped: 0, remark: 0 };
  let participants = 0;
  let present = 0;
  for (const card of store.cards.values()) {
    if (card.remark) problems.remark++;
    if (isJunction(card)) continue;
    const { state } = card;
    participants++;
    if (state !== "absent") present++;
    if (state === "error" || state === "stale") problems[state]++;
  }
  for (const { state, remark } of store.edges.values()) {
    if (state === "pending" || state === "stopped") problems[state]++;
    if (remark) problems.remark++;
  }
  let rate = 0;
  for (const [n, traffic] of store.traffic) if (store.edges.has(n)) rate += traffic.rate;
  return { participants, present, edges: store.edges.size, rate, problems };
}

/** The cards and edges that have a problem. Pure. */
export function placesOf(problem: Problem, store: SceneStore): ({ kind: "card"; id: string } | { kind: "edge"; n: number })[] {
  const has = ({ state, remark }: { state: string; remark: string }): boolean =>
    problem === "remark" ? remark !== "" : state === problem;
  return [
    ...[...store.cards.values()].filter(has).map(({ id }) => ({ kind: "card", id }) as const),
    ...[...store.edges.values()].filter(has).map(({ n }) => ({ kind: "edge", n }) as const),
  ];
}

/** `6 participants · 5 edges · 3.5 msg/s` */
export function describeTotals(totals: Totals): string {
  return [
    plural(totals.participants, "participant"),
    plural(totals.edges, "edge"),
    `${formatRate(totals.rate)} msg/s`,
  ].join(" · ");
}

const PROBLEMS = ["error", "stale", "pending", "stopped", "remark"] as const;

/** The word beside a number of problems. */
function wordFor(problem: Problem, count: number): string {
  const isCounted = problem === "error" || problem === "remark";
  return isCounted && count !== 1 ? `${problem}s` : problem;
}

interface Chip {
  readonly button: HTMLButtonElement;
  readonly count: HTMLElement;
  /** Hidden where there is little room. */
  readonly word: HTMLElement;
}

export class Toolbar {
  readonly element: HTMLElement;
  readonly #dot = make("span", "msgflo-dot", { "aria-hidden": "true" });
  readonly #name = make("span", "msgflo-name", { dir: "auto" });
  readonly #totals = make("span", "msgflo-totals");
  readonly #chips = new Map<Problem, Chip>();

  constructor(actions: ToolbarActions) {
    for (const problem of PROBLEMS) {
      const chip = { button: make("button", `msgflo-chip msgflo-chip-${problem}`), count: make("span"), word: make("span") };
      setAttributes(chip.button, { type: "button", hidden: true });
      chip.button.append(makeGlyph(GLYPHS[problem]), chip.count, chip.word);
      chip.button.addEventListener("click", () => actions.showProblem(problem));
      this.#chips.set(problem, chip);
    }
    const button = (glyph: keyof typeof GLYPHS, title: string, action: () => void): HTMLButtonElement => {
      const element = make("button", "msgflo-button", { type: "button", title, "aria-label": title }, makeGlyph(GLYPHS[glyph]));
      element.addEventListener("click", action);
      return element;
    };
    this.element = make(
      "div",
      "msgflo-toolbar",
      { role: "toolbar", "aria-label": "Network picture" },
      this.#dot,
      this.#name,
      this.#totals,
      make("span", "msgflo-space"),
      ...[...this.#chips.values()].map(({ button }) => button),
      make(
        "span",
        "msgflo-buttons",
        {},
        button("zoomOut", "Zoom out (−)", actions.zoomOut),
        button("zoomIn", "Zoom in (+)", actions.zoomIn),
        button("fit", "Show everything (0)", actions.fit),
        button("tidy", "Tidy: lay everything out anew", actions.tidy),
      ),
    );
  }

  /** Shows the present numbers; `known` is false until the kernel has answered. */
  show(name: string, totals: Totals, known: boolean): void {
    this.#dot.classList.toggle("msgflo-dot-off", !known || totals.present === 0);
    const shown = oneLine(name);
    setText(this.#name, shown);
    setAttributes(this.#name, { title: shown.length > 24 ? shown : null });
    setText(this.#totals, known ? describeTotals(totals) : "");
    for (const [problem, { button, count, word }] of this.#chips) {
      const number = totals.problems[problem];
      button.hidden = number === 0;
      setText(count, String(number));
      setText(word, wordFor(problem, number));
      const text = `${number} ${wordFor(problem, number)}`;
      setAttributes(button, { "aria-label": `${text}, show next`, title: `${text}: show next`, "data-count": number });
    }
  }
}
