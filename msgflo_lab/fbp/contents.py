"""Whether a graph that was read holds together: all nodes declared, all with a component.

Pure. Order of the checks and wording are the reference's, so that people find what is written about
them.
"""

from __future__ import annotations

from typing import Any

from .diagnosis import Misread
from .literals import write_json
from .reader import Reading


def validate(reading: Reading) -> None:
    """See that all that is connected and exported is declared.

    Raises:
        Misread: The first thing that is not.
    """
    processes = reading.processes
    for name, process in processes.items():
        if "component" not in process:
            raise Misread(
                f'Node "{name}" does not have a component defined', reading.mentioned[name]
            )
    for kind, end, ports, places in (
        ("Inport", "target", reading.inports, reading.inports_at),
        ("Outport", "source", reading.outports, reading.outports_at),
    ):
        for public, port in ports.items():
            if port["process"] not in processes:
                problem = f'{kind} "{public}" is connected to an undefined {end} node'
                raise Misread(f'{problem} "{port["process"]}"', places[public])
    for each, place in zip(reading.connections, reading.connected_at, strict=True):
        target, source = each["tgt"], each.get("src")
        if target["process"] not in processes:
            raise Misread(_no_target(each), place)
        if source is not None and source["process"] not in processes:
            raise Misread(_no_source(source, target), place)


def _no_target(connection: dict[str, Any]) -> str:
    source = connection.get("src")
    if source is None:
        data = connection["data"]
        what = f'IIP containing "{data if isinstance(data, str) else write_json(data)}"'
    else:
        what = f'Edge from "{source["process"]}" port "{source["port"]}"'
    return f'{what} is connected to an undefined target node "{connection["tgt"]["process"]}"'


def _no_source(source: dict[str, Any], target: dict[str, Any]) -> str:
    problem = f'Edge to "{target["process"]}" port "{target["port"]}" is connected to an undefined'
    hint = ""
    if source["process"] in ("true", "false", "null"):
        hint = f" (for the value {source['process']}, put a tab in front of it)"
    return f'{problem} source node "{source["process"]}"{hint}'
