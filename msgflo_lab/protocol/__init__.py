"""The FBP network protocol, 0.8 (and 0.7): one more reader of changes, one more writer of edits.

messages        what comes in: typed, or refused; what goes out
capabilities    who may do what
changes         pure: a change of a graph as the messages that tell of it
graphs, components, networks, runtimes, traces     one sub-protocol each
peer            one connection
service         all connections: who is told, who asked
server, page    WebSocket and HTTP

Everything runs on the host's loop.
"""

from .capabilities import Level
from .server import Server
from .service import Service

__all__ = ["Level", "Server", "Service"]
