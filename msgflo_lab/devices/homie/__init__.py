"""Devices of the Homie convention, as participants: one for each node. Pure.

model          devices, nodes, properties          description    Homie 5: one JSON document
attributes     Homie 3 and 4: many attributes      participant    nodes into participants
"""

from .adapter import Homie

__all__ = ["Homie"]
