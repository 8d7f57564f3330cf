"""Runs the first notebook without a browser: prints what arrived at the display, and the graph.

    python notebooks/demo.py [NOTEBOOK] [--port display.text]

Ends with status 1 and one line on what went wrong when a cell fails.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

FIRST = Path(__file__).with_name("00-thermometer.ipynb")
MESSAGES = 100
CELL_TIMEOUT = 120
"""Seconds that one cell may take."""

SHOW = """
for seen in lab.inspect({port!r}, {messages}):
    print(seen.value)
print()
%msgflo graph
"""


def run(path: Path, port: str) -> str:
    """Execute the notebook and then, in the same kernel, a cell that prints the messages.

    Raises:
        SystemExit: A cell failed; the message names it.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    show = nbformat.v4.new_code_cell(SHOW.format(port=port, messages=MESSAGES))  # type: ignore[no-untyped-call]
    notebook.cells.append(show)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        resources={"metadata": {"path": str(path.parent)}},
        # The kernel warns that its sockets, on this machine only, are not encrypted.
        extra_arguments=["--log-level=ERROR"],
    )
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            where = "the messages cannot be shown" if cell is show else f"cell {index + 1} failed"
            try:
                client.execute_cell(cell, index)
            except CellExecutionError as error:
                raise SystemExit(f"{path.name}: {where}: {error.ename}: {error.evalue}") from None
            except (CellTimeoutError, DeadKernelError) as error:
                raise SystemExit(f"{path.name}: {where}: {error}") from None
    return "".join(_text(output) for output in show.outputs)


def _text(output: nbformat.NotebookNode) -> str:
    """What an output says as plain text, without the colours of a terminal."""
    said = output.get("text") or output.get("data", {}).get("text/plain", "")
    return re.sub(r"\x1b\[[0-9;]*m", "", said)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("notebook", nargs="?", type=Path, default=FIRST)
    parser.add_argument("--port", default="display.text", help="whose messages (%(default)s)")
    arguments = parser.parse_args()
    if not arguments.notebook.is_file():
        sys.exit(f"no such notebook: {arguments.notebook}")
    print(run(arguments.notebook, arguments.port).rstrip())


if __name__ == "__main__":
    main()
