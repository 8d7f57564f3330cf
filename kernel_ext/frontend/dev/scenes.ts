/** Made-up scenes in the wire format, for the harness. Geometry as the kernel would compute it. */
import { previewRoute } from "../src/edges";

export interface RawPort {
  id: string;
  y: number;
  linked?: boolean;
  literal?: string;
}
export interface RawCard {
  id: string;
  x: number;
  y: number;
  w: number;
  h: number;
  inports?: RawPort[];
  outports?: RawPort[];
  [field: string]: unknown;
}
export interface RawEdge {
  n: number;
  source: string;
  outport: string;
  target: string;
  inport: string;
  path: number[];
  state?: string;
  dead?: boolean;
}
export interface RawScene {
  name: string;
  cards: RawCard[];
  edges: RawEdge[];
}

const row = (i: number): number => 64 + 24 * i;
const ports = (names: string[]): RawPort[] =>
  names.map((name, i) => {
    const [id, literal] = name.split("=");
    return literal === undefined ? { id: id!, y: row(i) } : { id: id!, y: row(i), literal };
  });

/** A card with ports given as `name` or `name=literal`; height follows from the ports. */
export function card(id: string, x: number, y: number, w: number, ins: string[], outs: string[], more: object = {}): RawCard {
  const rows = Math.max(1, ins.length, outs.length);
  return { id, x, y, w, h: 64 + 24 * rows, inports: ports(ins), outports: ports(outs), ...more };
}

/** Adds an edge with a path, and marks its ports as linked. */
export function connect(scene: RawScene, n: number, from: string, to: string, state = "bound"): RawEdge {
  const [source, outport] = from.split(".") as [string, string];
  const [target, inport] = to.split(".") as [string, string];
  const a = scene.cards.find((item) => item.id === source)!;
  const b = scene.cards.find((item) => item.id === target)!;
  const out = a.outports!.find((port) => port.id === outport)!;
  const into = b.inports!.find((port) => port.id === inport)!;
  out.linked = into.linked = true;
  const path = previewRoute(
    { x: a.x + a.w, y: a.y + out.y },
    { x: b.x, y: b.y + into.y },
    Math.max(a.y + a.h, b.y + b.h) + 24,
  );
  const edge: RawEdge = { n, source, outport, target, inport, path, state };
  scene.edges.push(edge);
  return edge;
}

export function thermometer(): RawScene {
  const scene: RawScene = {
    name: "thermometer",
    cards: [
      card("thermo", 0, 24, 160, ["interval"], ["celsius", "raw"], { subtitle: "TemperatureSensor", icon: "thermometer" }),
      card("outside", 0, 168, 160, ["interval"], ["celsius", "raw"], {
        subtitle: "silent for 42 s",
        icon: "thermometer-half",
        state: "stale",
      }),
      card("format", 248, 0, 176, ["celsius", 'template="Inside %s"'], ["text"], { subtitle: "FormatText", icon: "font" }),
      card("control", 248, 144, 160, ["inside", "outside", "target=21.5"], ["heat"], {
        subtitle: "KeyError: unit",
        icon: "code-fork",
        state: "error",
        errors: 3,
      }),
      card("display", 512, 0, 160, ["text", "contrast"], ["shown"], { subtitle: "OledDisplay", icon: "desktop" }),
      card("heater", 512, 144, 160, ["heat"], [], { subtitle: "not here yet", icon: "fire", state: "absent" }),
    ],
    edges: [],
  };
  connect(scene, 0, "thermo.celsius", "format.celsius");
  connect(scene, 1, "thermo.celsius", "control.inside");
  connect(scene, 2, "format.text", "display.text");
  connect(scene, 3, "outside.celsius", "control.outside");
  connect(scene, 4, "control.heat", "heater.heat", "pending");
  return scene;
}

/** A round robin, and where it leads what its workers have rejected. */
export function turns(): RawScene {
  const scene: RawScene = {
    name: "turns",
    cards: [
      card("front", 0, 0, 160, ["response"], ["request"], { subtitle: "HttpFront", icon: "globe" }),
      card("jobs", 248, 0, 176, ["in"], ["out", "deadletter"], {
        subtitle: "msgflo/RoundRobin",
        icon: "code-fork",
        workers: 0,
      }),
      card("worker", 512, 0, 160, ["job", "size=256"], ["result"], { subtitle: "ResizeImage", icon: "cogs", workers: 3 }),
      card("failed", 512, 144, 160, ["message"], [], { subtitle: "Inspect", icon: "inbox" }),
    ],
    edges: [],
  };
  connect(scene, 0, "front.request", "jobs.in");
  connect(scene, 1, "jobs.out", "worker.job");
  connect(scene, 2, "jobs.deadletter", "failed.message").dead = true;
  return scene;
}

/** What is remarked on: cards in several states, and edges with and without traffic. */
export function remarks(): RawScene {
  const scene = thermometer();
  const say = (id: string, remark: string): void => void Object.assign(scene.cards.find((item) => item.id === id)!, { remark });
  say("format", 'its initial packet 5 is a number; the port expects a text');
  say("control", "nothing leads to `control.target`, and `control` waits for all of its inports");
  say("outside", "`outside.celsius` and `thermo.celsius` have the same queue `t`");
  Object.assign(scene.edges[2]!, { remark: "`format.text` sends a text, `display.text` expects a number" });
  Object.assign(scene.edges[3]!, { remark: "`outside.celsius` sends a number, `control.outside` expects a text" });
  return scene;
}

/** Everything that is hard to draw: loops, backward edges, workers, odd names. */
export function odd(): RawScene {
  const scene: RawScene = {
    name: "odd <b>names</b> & more 🎛️",
    cards: [
      card("http", 0, 0, 160, ["response"], ["request"], { subtitle: "HttpFront", icon: "globe" }),
      card("thumbnail", 248, 0, 160, ["job", "size=256"], ["result", "error"], {
        subtitle: "ResizeImage",
        icon: "cogs",
        workers: 3,
        local: true,
      }),
      card("results", 496, 0, 160, ["result"], ["stored"], { subtitle: "StoreResult", icon: "database" }),
      card("<img src=x onerror=alert(1)>\nand a name that never ends", 0, 144, 160, ["in\tput with a long name"], ["out"], {
        subtitle: "שלום עולם, a right-to-left subtitle",
        icon: "no-such-icon",
      }),
      card("مرحبا 👩‍👩‍👧‍👦🚀", 248, 168, 176, ['literal={"a": [1, 2, 3, 4], "b": "\n"}', "memory"], ["état", "next"], {
        subtitle: "Émetteur",
        icon: "lightbulb-o",
        state: "error",
        errors: 12,
      }),
      card("", 496, 144, 160, ["a"], ["b"], { icon: "" }),
    ],
    edges: [],
  };
  connect(scene, 10, "http.request", "thumbnail.job");
  connect(scene, 11, "thumbnail.result", "results.result");
  connect(scene, 12, "results.stored", "http.response");
  connect(scene, 13, "مرحبا 👩‍👩‍👧‍👦🚀.next", "مرحبا 👩‍👩‍👧‍👦🚀.memory");
  connect(scene, 14, "thumbnail.error", ".a", "shared");
  return scene;
}

/** `count` participants on a grid, about 1.6 edges each, as in the measurements. */
export function many(count: number): RawScene {
  const icons = ["thermometer", "bolt", "wifi", "database", "table", "bell", "filter", "tag", "code", "envelope"];
  const rows = Math.max(4, Math.round(Math.sqrt(count) * 0.62));
  const scene: RawScene = { name: `house of ${count}`, cards: [], edges: [] };
  for (let i = 0; i < count; i++) {
    const state = i % 37 === 5 ? "error" : i % 41 === 9 ? "stale" : i % 53 === 17 ? "absent" : "running";
    scene.cards.push(
      card(`node-${i}`, Math.floor(i / rows) * 224, (i % rows) * 136, 136, ["in", "set"].slice(0, 1 + (i % 2)), ["out", "log"], {
        subtitle: state === "error" ? "ValueError: no unit" : "Component",
        icon: icons[i % icons.length],
        state,
        workers: i % 29 === 3 ? 4 : 1,
        errors: i % 3,
      }),
    );
  }
  let n = 0;
  for (let i = 0; i + rows < count && n < count * 1.6; i++) {
    connect(scene, n++, `node-${i}.out`, `node-${Math.min(count - 1, i + rows)}.in`);
    if (i % 5 < 3) connect(scene, n++, `node-${i}.out`, `node-${Math.min(count - 1, i + rows + ((i * 7) % 5) - 2)}.in`);
    if (i % 90 === 7) connect(scene, n++, `node-${i + rows}.log`, `node-${i}.in`, "pending");
  }
  return scene;
}
