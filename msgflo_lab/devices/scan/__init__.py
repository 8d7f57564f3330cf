"""Foreign participants, proposed from the topics that are seen on a broker. Pure.

scan     what was seen         guess          what payloads are
places   which device          conventions    where devices of a kind listen
                               proposals      participants, and their YAML
"""

from .proposals import Proposal, as_yaml
from .scan import Scan, owned_by

__all__ = ["Proposal", "Scan", "as_yaml", "owned_by"]
