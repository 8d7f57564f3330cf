"""A network as an AsyncAPI document: its queues, who sends there, who receives, and what. Pure.

AsyncAPI 3.0.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0) describes one
application; here that is the whole network, and each operation has the role it belongs to as a tag.

keys        names that may stand in a document, for names of any letters
ends        the ports of a network, with their queues
schemas     what is in a message
bindings    what only MQTT or AMQP can say
document    all of it
"""

from .document import Server, document, dumps
from .ends import End, ends_of

__all__ = ["End", "Server", "document", "dumps", "ends_of"]
