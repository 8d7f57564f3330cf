/**
 * One session per widget model: the store, the wire to the kernel, and the views that listen.
 *
 * It says `hello` when it starts and whenever a patch does not fit what it has. A `hello` that
 * nobody answers (a kernel that is busy, restarting or gone) is repeated, ever more slowly.
 */
import { readMessage, type ToKernel } from "./protocol";
import { type Change, type Growth, SceneStore } from "./store";

/** The part of an anywidget model that is used here. */
export interface WidgetModel {
  get(name: string): unknown;
  send(content: unknown): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback?: ((...args: never[]) => void) | null): void;
}

/** What a view wants to hear. */
export interface Listener {
  changed(change: Change): void;
  traffic(growth: readonly Growth[]): void;
  said(text: string, error: boolean): void;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

export class Session {
  readonly store = new SceneStore();
  readonly #model: WidgetModel;
  readonly #listeners = new Set<Listener>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;
  #waiting = false;
  #closed = false;

  constructor(model: WidgetModel) {
    this.#model = model;
    model.on("msg:custom", this.#onMessage);
    this.#hello();
  }

  /** Height of the picture in CSS pixels, as the kernel wishes it. */
  get height(): number {
    const height = Number(this.#model.get("height"));
    return Number.isFinite(height) && height > 0 ? Math.max(160, height) : 420;
  }

  /** Calls back when the wished height changes; returns what ends that. */
  onHeight(callback: () => void): () => void {
    this.#model.on("change:height", callback);
    return () => this.#model.off("change:height", callback);
  }

  /** Adds a view; returns what removes it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends what the user has done; says so if there is nobody to send it to. */
  send(message: ToKernel): void {
    if (this.#closed) return;
    try {
      this.#model.send(message);
    } catch {
      for (const listener of [...this.#listeners]) listener.said("The lab cannot be reached.", true);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#model.off("msg:custom", this.#onMessage);
    this.#listeners.clear();
  }

  #hello(): void {
    clearTimeout(this.#retry);
    if (this.#closed) return;
    this.#waiting = true;
    try {
      this.#model.send({ kind: "hello" });
    } catch {
      // No comm (yet): the retry below will find it, and until then the view says "waiting".
    }
    this.#retry = setTimeout(() => {
      this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2);
      this.#hello();
    }, this.#retryMs);
  }

  readonly #onMessage = (raw: unknown): void => {
    const message = readMessage(raw);
    if (message === null) return;
    switch (message.kind) {
      case "scene": {
        clearTimeout(this.#retry);
        this.#retryMs = FIRST_RETRY_MS;
        this.#waiting = false;
        const change = this.store.applyScene(message);
        for (const listener of [...this.#listeners]) listener.changed(change);
        break;
      }
      case "patch": {
        const change = this.store.applyPatch(message);
        if (change) for (const listener of [...this.#listeners]) listener.changed(change);
        // Patches that were on their way before the answer do not fit either: one hello is enough.
        else if (!this.#waiting) this.#hello();
        break;
      }
      case "traffic": {
        const growth = this.store.applyTraffic(message);
        for (const listener of [...this.#listeners]) listener.traffic(growth);
        break;
      }
      case "said":
        for (const listener of [...this.#listeners]) listener.said(message.text, message.error);
    }
  };
}
