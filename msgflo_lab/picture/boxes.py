"""Boxes in the plane, and which of them a rectangle touches.

Pure layer; knows only names and numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

CELL = 256
"""Side of a square of the index, in model pixels: about one card."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
_Cell = tuple[int, int]


def overlap(one: Box, other: Box) -> bool:
    """True if the boxes share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def grown(box: Box, dx: float, dy: float) -> Box:
    """The box with a margin on all sides."""
    return (box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy)


def hull(boxes: Iterable[Box]) -> Box:
    """The smallest box around all; all zero if there is none."""
    every = list(boxes)
    if not every:
        return (0, 0, 0, 0)
    return (
        min([b[0] for b in every]),
        min([b[1] for b in every]),
        max([b[2] for b in every]),
        max([b[3] for b in every]),
    )


class BoxIndex:
    """Named boxes, searchable by place. Mutable; used within one computation."""

    def __init__(self) -> None:
        self.boxes: dict[str, Box] = {}
        self._cells: dict[_Cell, dict[str, None]] = {}

    @staticmethod
    def _covered(box: Box) -> Iterator[_Cell]:
        for column in range(int(box[0] // CELL), int(box[2] // CELL) + 1):
            for row in range(int(box[1] // CELL), int(box[3] // CELL) + 1):
                yield column, row

    def put(self, name: str, box: Box) -> None:
        """Adds the box, or moves it."""
        self.drop(name)
        self.boxes[name] = box
        for cell in self._covered(box):
            self._cells.setdefault(cell, {})[name] = None

    def drop(self, name: str) -> None:
        """Takes the box out, if it is there."""
        box = self.boxes.pop(name, None)
        if box is not None:
            for cell in self._covered(box):
                del self._cells[cell][name]

    def touching(self, box: Box, *but: str) -> list[str]:
        """The names of the boxes that overlap the given one, without those in `but`."""
        boxes = self.boxes
        columns = int(box[2] // CELL) - int(box[0] // CELL) + 1
        rows = int(box[3] // CELL) - int(box[1] // CELL) + 1
        if columns * rows > len(boxes):
            return [n for n, other in boxes.items() if n not in but and overlap(box, other)]
        found: dict[str, None] = {}
        for cell in self._covered(box):
            for name in self._cells.get(cell, ()):
                if name not in but and overlap(box, boxes[name]):
                    found[name] = None
        return list(found)

    def free(self, box: Box, *but: str) -> bool:
        """True if no box but those named overlaps the given one."""
        boxes = self.boxes
        columns = int(box[2] // CELL) - int(box[0] // CELL) + 1
        rows = int(box[3] // CELL) - int(box[1] // CELL) + 1
        if columns * rows > len(boxes):
            return not any(n not in but and overlap(box, o) for n, o in boxes.items())
        for cell in self._covered(box):
            for name in self._cells.get(cell, ()):
                if name not in but and overlap(box, boxes[name]):
                    return False
        return True

    def extent(self) -> Box:
        """The smallest box around all; all zero if there is none."""
        return hull(self.boxes.values())
