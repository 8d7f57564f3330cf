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
from .json_graph import Loss, graph_of, json_of, losses_of
from .junction import Junction
from .model import Edited, Graph
from .order import in_order
from .places import with_places_of
from .spelling import PortsOf, spelled
from .union import edit_of_union, union

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
    "Loss",
    "Node",
    "NodeAdded",
    "NodeChanged",
    "NodeRemoved",
    "NodeRenamed",
    "PortsOf",
    "PropertiesChanged",
    "Wire",
    "edit_into",
    "edit_of_union",
    "graph_of",
    "in_order",
    "json_of",
    "losses_of",
    "spelled",
    "union",
    "with_places_of",
]
