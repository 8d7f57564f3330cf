/** What the tooltip says: only what the picture itself cannot show. Pure. */
import { detailAt } from "./card";
import { spoken } from "./format";
import type { Hover } from "./pointer";
import type { EdgeState } from "./protocol";
import { describeEdge } from "./twin";

const LONG_NAME = 16;
const MAX_TEXT = 500;

const EDGE_STATE: Record<EdgeState, string> = {
  bound: "",
  pending: "\npending: waiting for both ends",
  shared: "\nalready connected: same queue",
  stopped: "\nstopped: messages wait until the network is started",
};

export function describeHover(hover: Hover, zoom: number): string {
  if (hover.port) {
    const { side, port } = hover.port;
    const value = port.literal === null ? "" : ` = ${port.literal}`;
    return `${side === "in" ? "inport" : "outport"} ${spoken(port.id)}${value}`.slice(0, MAX_TEXT);
  }
  if (hover.edge) {
    const { edge } = hover.edge;
    const state = EDGE_STATE[edge.state];
    const dead = edge.dead ? "\ndead letters: what has been rejected" : "";
    const remark = edge.remark && `\n${edge.remark}`;
    return `${describeEdge(edge).slice(0, MAX_TEXT)}${dead}${state}${remark}`;
  }
  if (!hover.card) return "";
  const { id, subtitle, remark } = hover.card.card;
  const shown = detailAt(zoom) === 2 && id.length <= LONG_NAME && subtitle.length <= LONG_NAME;
  const name = shown ? "" : `${spoken(id)}\n${subtitle}`.trim().slice(0, MAX_TEXT);
  return [name, remark].filter(Boolean).join("\n");
}
