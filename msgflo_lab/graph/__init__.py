"""The graph that people edit: immutable values and a stream of changes."""

from .changes import (
    Change,
    EdgeAdded,
    EdgeChanged,
    EdgeRemoved,
    ExportAdded,
    ExportChanged,
    ExportRemoved,
    GroupAdded,
    GroupChanged,
    GroupRemoved,
    InitialRemoved,
    InitialSet,
    NodeAdded,
    NodeChanged,
    NodeRemoved,
    NodeRenamed,
    PropertiesChanged,
)
from .difference import edit_into
from .entries import Edge, Export, Group, Initial, Node, Wire
from .json_graph import graph_of, json_of
from .junction import Junction
from .model import Edited, Graph
from .places import with_places_of
from .spelling import PortsOf, spelled
from .union import union

__all__ = [
    "Change",
    "Edge",
    "EdgeAdded",
    "EdgeChanged",
    "EdgeRemoved",
    "Edited",
    "Export",
    "ExportAdded",
    "ExportChanged",
    "ExportRemoved",
    "Graph",
    "Group",
    "GroupAdded",
    "GroupChanged",
    "GroupRemoved",
    "Initial",
    "InitialRemoved",
    "InitialSet",
    "Junction",
    "Node",
    "NodeAdded",
    "NodeChanged",
    "NodeRemoved",
    "NodeRenamed",
    "PortsOf",
    "PropertiesChanged",
    "Wire",
    "edit_into",
    "graph_of",
    "json_of",
    "spelled",
    "union",
    "with_places_of",
]
