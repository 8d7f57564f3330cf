"""What only one protocol can say: how MsgFlo lays a port out on MQTT, and on AMQP.

Follows the binding specifications `mqtt` 0.2.0 and `amqp` 0.3.0 of AsyncAPI.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..definition import Side
from .ends import End

MQTT_VERSION, AMQP_VERSION = "0.2.0", "0.3.0"
_NAMES: Mapping[str, str] = {"mqtts": "mqtt", "amqps": "amqp"}
"""What a protocol is called in bindings."""
_WORDS: Mapping[str, bool] = {"true": True, "yes": True, "1": True, "false": False, "no": False}
_AMQP_NAME = 255
"""Characters of a queue's name that the specification allows."""


def of_channel(protocol: str, vhost: str, ends: list[End]) -> dict[str, Any]:
    """What a broker has for the queue of these ports; nothing where that goes without saying.

    An inport is a queue, and an outport an exchange that hands out to all (`fanout`). An inport's
    queue has an exchange of its name as well, which other tools may send to.
    """
    if protocol not in ("amqp", "amqps") or len(ends[0].queue) > _AMQP_NAME:
        return {}
    inports = [end for end in ends if end.side is Side.IN]
    first = (inports or ends)[0]
    options = first.port.options
    persistent = _flag(options, "persistent", True)
    durable = _flag(options, "durable", persistent)
    lasting = {
        "name": first.queue,
        "durable": durable,
        "autoDelete": _flag(options, "autoDelete", not persistent),
        "vhost": vhost or "/",
    }
    said: dict[str, Any] = (
        {"is": "queue", "queue": {**lasting, "exclusive": False}}
        if inports
        else {"is": "routingKey", "exchange": {**lasting, "type": "fanout"}}
    )
    return {"amqp": {**said, "bindingVersion": AMQP_VERSION}}


def of_operation(protocol: str, side: Side, options: Mapping[str, str]) -> dict[str, Any]:
    """What a broker's address asks of all that is sent or received there."""
    if _NAMES.get(protocol, protocol) != "mqtt":
        return {}
    said: dict[str, Any] = {}
    if options.get("qos") in ("0", "1", "2"):
        said["qos"] = int(options["qos"])
    if side is Side.OUT and "retain" in options:
        said["retain"] = _flag(options, "retain", False)
    return {"mqtt": {**said, "bindingVersion": MQTT_VERSION}} if said else {}


def _flag(options: Mapping[str, Any], name: str, default: bool) -> bool:
    found = options.get(name, default)
    return found if isinstance(found, bool) else _WORDS.get(str(found).strip().lower(), default)
