/** The camera: which part of the picture is seen, how large. Pure. */
import type { Box } from "./edges";

/** A model point (x, y) is seen at (x·zoom + panX, y·zoom + panY). */
export interface Camera {
  readonly zoom: number;
  readonly panX: number;
  readonly panY: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 20;

/** The camera that shows a box, in the middle, never enlarged. */
export function fitCamera(box: Box, size: Size, minZoom: number): Camera {
  const width = Math.max(1, box.right - box.left);
  const height = Math.max(1, box.bottom - box.top);
  const fitting = Math.min(1, (size.width - 2 * MARGIN) / width, (size.height - 2 * MARGIN) / height);
  const zoom = Math.max(minZoom, fitting);
  return {
    zoom,
    panX: Math.round((size.width - zoom * (box.left + box.right)) / 2),
    panY: Math.round((size.height - zoom * (box.top + box.bottom)) / 2),
  };
}

/** The part of the model that is seen. */
export function seenBox(camera: Camera, size: Size): Box {
  return {
    left: -camera.panX / camera.zoom,
    top: -camera.panY / camera.zoom,
    right: (size.width - camera.panX) / camera.zoom,
    bottom: (size.height - camera.panY) / camera.zoom,
  };
}

/** The pan that brings a box into view with the least movement; the zoom stays. */
export function revealPan(camera: Camera, size: Size, box: Box): { panX: number; panY: number } {
  const shift = (low: number, high: number, pan: number, room: number): number => {
    const from = low * camera.zoom + pan - MARGIN;
    const to = high * camera.zoom + pan + MARGIN;
    if (from < 0 || to - from > room) return pan - from;
    return to > room ? pan - (to - room) : pan;
  };
  return {
    panX: shift(box.left, box.right, camera.panX, size.width),
    panY: shift(box.top, box.bottom, camera.panY, size.height),
  };
}
