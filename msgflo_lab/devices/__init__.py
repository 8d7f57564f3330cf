"""Devices that know nothing of MsgFlo, as participants. Pure.

adapter         what an adapter is             adapters    all of them, by name
homeassistant   Home Assistant's discovery     homie       the Homie convention, 3 to 5
scan            those who say nothing of themselves, by their topics

What both adapters need: `register` (roles), `naming`, `lines` (of encodings), `icons`, `limits`.
"""

from .adapter import Adapter, Found
from .adapters import ADAPTERS, adapter_of

__all__ = ["ADAPTERS", "Adapter", "Found", "adapter_of"]
