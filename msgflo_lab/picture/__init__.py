"""The picture of a network: sizes, places, paths and a static SVG, without any drawing surface.

Pure layer, above the network, below the runtime. In the order in which they build on each other:

- `text`, `geometry`: widths of texts; sizes of cards and heights of ports.
- `ranks`, `rows`, `proper`, `ordering`, `heights`, `tracks`, `layered`: one connected part, from
  left to right, in several rows if it is long.
- `boxes`, `layout`: the parts packed into a whole picture.
- `routes`: the paths of the edges.
- `table`, `settle`: the smallest change to a picture.
- `scene`, `composer`: what a front end is told.
- `icons`, `palette`, `display`, `svg`: the static picture.
- `samples`: networks to look at.
"""
