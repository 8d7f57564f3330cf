/**
 * Icons by Font Awesome 4 name. The data is one JSON file, shared with the static picture in Python;
 * see `scripts/make-icons.mjs` for its origin and LICENSE-icons.md for its licence.
 */
import data from "../../../msgflo_lab/picture/icons.json";

export interface Icon {
  readonly w: number;
  readonly h: number;
  /** SVG path data in a box of w x h. */
  readonly d: string;
}

const icons = new Map<string, Icon>(Object.entries(data.icons as Record<string, Icon>));
const neutral: Icon = icons.get("cube")!;

/** The icon of a name, with or without `fa-`; a neutral one for names that are not in the set. */
export function findIcon(name: string): Icon {
  return icons.get(name) ?? icons.get(name.replace(/^fa-/, "")) ?? neutral;
}
