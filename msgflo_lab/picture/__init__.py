"""The picture of a network: sizes, places, paths and a static SVG, without any drawing surface.

Pure layer, above the network, below the runtime. Reads: `text` (widths) -> `geometry` (cards) ->
`layered` and its parts (`ranks`, `ordering`, `heights`) -> `layout` (a whole picture) and `settle`
(the smallest change to a picture) -> `routes` (edge paths) -> `composer` (scene and patches);
`display`, `palette`, `icons` -> `svg`.
"""
