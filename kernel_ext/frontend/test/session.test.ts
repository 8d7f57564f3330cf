import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { type Listener, Session } from "../src/session";
import { rawCard } from "./helpers";

class Model {
  sent: Record<string, unknown>[] = [];
  callbacks = new Map<string, Set<(...args: never[]) => void>>();
  broken = false;
  get(): unknown {
    return undefined;
  }
  send(content: unknown): void {
    if (this.broken) throw new Error("no comm");
    this.sent.push(content as Record<string, unknown>);
  }
  on(event: string, callback: (...args: never[]) => void): void {
    this.callbacks.set(event, (this.callbacks.get(event) ?? new Set()).add(callback));
  }
  off(event: string, callback?: ((...args: never[]) => void) | null): void {
    if (callback) this.callbacks.get(event)?.delete(callback);
  }
  tell(message: object): void {
    for (const callback of this.callbacks.get("msg:custom") ?? []) callback(message as never);
  }
  get hellos(): number {
    return this.sent.filter(({ kind }) => kind === "hello").length;
  }
}

const SCENE = { kind: "scene", revision: 1, name: "n", cards: [rawCard("a")], edges: [] };
const quiet: Listener = { changed: () => undefined, traffic: () => undefined, said: () => undefined };

test("says hello, and repeats it ever more slowly until answered", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const model = new Model();
  const session = new Session(model);
  assert.equal(model.hellos, 1);
  mock.timers.tick(1_000);
  assert.equal(model.hellos, 2);
  mock.timers.tick(1_000);
  assert.equal(model.hellos, 2);
  mock.timers.tick(1_000);
  assert.equal(model.hellos, 3);
  model.tell(SCENE);
  mock.timers.tick(60_000);
  assert.equal(model.hellos, 3);
  session.close();
  mock.timers.reset();
});

test("survives a comm that is not there yet", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const model = new Model();
  model.broken = true;
  const session = new Session(model);
  model.broken = false;
  mock.timers.tick(1_000);
  assert.equal(model.hellos, 1);
  session.close();
  mock.timers.reset();
});

test("a patch that does not fit asks once for everything anew", () => {
  const model = new Model();
  const session = new Session(model);
  model.tell(SCENE);
  const lost = { kind: "patch", base: 7, revision: 8, cards: [], edges: [], gone_cards: [], gone_edges: [] };
  model.tell(lost);
  model.tell({ ...lost, base: 8, revision: 9 });
  assert.equal(model.hellos, 2);
  assert.equal(session.store.revision, 1);
  model.tell({ ...SCENE, revision: 9 });
  model.tell({ ...lost, base: 9, revision: 10 });
  assert.equal(session.store.revision, 10);
  assert.equal(model.hellos, 2);
  session.close();
});

test("views hear of changes until they are removed; closing leaves no listener", () => {
  const model = new Model();
  const session = new Session(model);
  let heard = 0;
  const remove = session.listen({ ...quiet, changed: () => heard++ });
  model.tell(SCENE);
  remove();
  model.tell(SCENE);
  assert.equal(heard, 1);
  session.close();
  assert.equal(model.callbacks.get("msg:custom")?.size, 0);
});
