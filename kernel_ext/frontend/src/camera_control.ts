/**
 * Moves the camera: fit, zoom, wheel, and following what grows.
 *
 * The camera itself is cytoscape's pan and zoom. Until the user has touched it, the picture keeps
 * everything in view and in the middle; afterwards it stays where the user has put it.
 */
import type cytoscape from "cytoscape";
import { type Camera, fitCamera, revealPan, type Size } from "./camera";
import type { Box } from "./edges";
import { MAX_ZOOM, MIN_ZOOM } from "./graph";
import { prefersStillness } from "./motion";
import type { Picture } from "./picture";

const ANIMATION_MS = 200;
const WHEEL_SPEED = 0.0016;

const isSame = (a: Camera, b: Camera | null): boolean =>
  b !== null && a.zoom === b.zoom && a.panX === b.panX && a.panY === b.panY;

export class CameraControl {
  /** True once the user has moved the camera by hand. */
  touched = false;
  readonly #cy: cytoscape.Core;
  readonly #root: HTMLElement;
  readonly #stage: HTMLElement;
  readonly #picture: Picture;
  readonly #abort = new AbortController();
  #hasFitted = false;
  /** Where the camera is, or is on its way to. */
  #goal: Camera | null = null;

  constructor(cy: cytoscape.Core, root: HTMLElement, stage: HTMLElement, picture: Picture) {
    this.#cy = cy;
    this.#root = root;
    this.#stage = stage;
    this.#picture = picture;
    const { signal } = this.#abort;
    stage.addEventListener("wheel", this.#wheel, { capture: true, passive: false, signal });
    // Two fingers zoom; cytoscape knows how, but would also take the mouse wheel, so only then.
    const pinch = (event: TouchEvent): void => void cy.userZoomingEnabled(event.touches.length > 1);
    for (const type of ["touchstart", "touchend", "touchcancel"] as const)
      stage.addEventListener(type, pinch, { capture: true, passive: true, signal });
  }

  destroy(): void {
    this.#abort.abort();
  }

  get camera(): Camera {
    const { x, y } = this.#cy.pan();
    return { zoom: this.#cy.zoom(), panX: x, panY: y };
  }

  toModel(clientX: number, clientY: number): { x: number; y: number; zoom: number } {
    const box = this.#stage.getBoundingClientRect();
    const { zoom, panX, panY } = this.camera;
    return { x: (clientX - box.left - panX) / zoom, y: (clientY - box.top - panY) / zoom, zoom };
  }

  /** Shows everything and goes on following. */
  fit(size: Size, animate: boolean): void {
    this.#fitTo(this.#picture.bounds(), size, animate);
  }

  /** After a change: puts everything (these are its bounds) into the middle of an untouched view. */
  follow(bounds: Box | null, size: Size, first: boolean): void {
    if (this.touched && this.#hasFitted) return;
    this.#fitTo(bounds, size, !first && this.#hasFitted);
  }

  #fitTo(bounds: Box | null, size: Size, animate: boolean): void {
    if (!bounds || size.width < 1 || size.height < 1) return;
    const next = fitCamera(bounds, size, MIN_ZOOM);
    const isThere = !this.touched && this.#hasFitted && isSame(next, this.#goal);
    this.touched = false;
    this.#hasFitted = true;
    // A movement that leads there already goes on.
    if (!isThere) this.#go(next, animate);
  }

  resized(size: Size): void {
    if (!this.#hasFitted || !this.touched) this.fit(size, false);
  }

  /** Zooms about the middle of the view. */
  zoomBy(factor: number, size: Size): void {
    this.touched = true;
    this.#zoomAbout(factor, size.width / 2, size.height / 2);
  }

  /** Pans as little as needed to show a box. */
  reveal(box: Box, size: Size): void {
    const { camera } = this;
    const { panX, panY } = revealPan(camera, size, box);
    if (panX === camera.panX && panY === camera.panY) return;
    this.touched = true;
    this.#go({ zoom: camera.zoom, panX, panY }, true);
  }

  #zoomAbout(factor: number, x: number, y: number): void {
    this.#cy.stop(true);
    const { zoom, panX, panY } = this.camera;
    const next = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, zoom * factor));
    const share = next / zoom;
    this.#cy.viewport({ zoom: next, pan: { x: x - (x - panX) * share, y: y - (y - panY) * share } });
  }

  #go(goal: Camera, animate: boolean): void {
    const { zoom, panX, panY } = goal;
    this.#goal = goal;
    const pan = { x: panX, y: panY };
    this.#cy.stop(true);
    if (animate && !prefersStillness()) this.#cy.animate({ zoom, pan }, { duration: ANIMATION_MS, easing: "ease-out" });
    else this.#cy.viewport({ zoom, pan });
  }

  /** The wheel belongs to the notebook unless the picture has the focus or a key says otherwise. */
  readonly #wheel = (event: WheelEvent): void => {
    const active = (this.#root.getRootNode() as Document | ShadowRoot).activeElement;
    if (!event.ctrlKey && !event.metaKey && !this.#root.contains(active)) return;
    event.preventDefault();
    event.stopPropagation();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    // Pinching on a touch pad comes as a wheel with Ctrl and small steps.
    const boost = event.ctrlKey && Math.abs(event.deltaY) < 20 ? 5 : 1;
    const box = this.#stage.getBoundingClientRect();
    this.touched = true;
    const steps = Math.max(-240, Math.min(240, event.deltaY * lines * boost));
    this.#zoomAbout(Math.exp(-steps * WHEEL_SPEED), event.clientX - box.left, event.clientY - box.top);
  };
}
