/**
 * The stacked canvases of a view: ground (dots and lines at rest), live (activity), cards.
 *
 * Between ground and live lies cytoscape's element, which draws nothing but hears the pointer.
 */
import type { Camera, Size } from "./camera";

/** A layer that is painted as a whole or not at all. */
export class Layer {
  readonly canvas = document.createElement("canvas");
  readonly #context: CanvasRenderingContext2D | null;
  dirty = true;

  constructor(name: string) {
    this.canvas.className = `msgflo-layer msgflo-layer-${name}`;
    this.canvas.setAttribute("aria-hidden", "true");
    // Positions are absolute, also on a page that reads from right to left.
    this.canvas.dir = "ltr";
    this.#context = this.canvas.getContext("2d");
  }

  /** An empty canvas of the right size, its origin at the picture's; null if there is nothing to paint on. */
  begin(size: Size, camera: Camera, ratio: number): CanvasRenderingContext2D | null {
    this.dirty = false;
    const context = this.#context;
    const width = Math.round(size.width * ratio);
    const height = Math.round(size.height * ratio);
    if (!context || width < 1 || height < 1) return null;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    } else {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, width, height);
    }
    const scale = ratio * camera.zoom;
    context.setTransform(scale, 0, 0, scale, ratio * camera.panX, ratio * camera.panY);
    return context;
  }

  /** Gives the canvas's memory back. */
  release(): void {
    this.canvas.width = this.canvas.height = 0;
    this.canvas.remove();
  }
}

/** Device pixels per CSS pixel worth painting; more than two cannot be seen. */
export function pixelRatio(): number {
  return Math.min(2, Math.max(1, window.devicePixelRatio || 1));
}
