"""Clients for ESP32 and ESP8266 as Arduino sketches, with PubSubClient.

Values have types there. A port without an encoding has that of its `type`: a number, a whole
number, true or false, a text; all others get and give JSON as text.
"""

from __future__ import annotations

import json

from .client import Client, ClientPort
from .forms import Always, Binary, Boolean, Bytes, Form, Json, Number, Text
from .texts import c_text as text

LEAST_BUFFER = 1024
"""Bytes that PubSubClient is to have for one message; of its own accord it has 256."""
BESIDE_TOPIC = 512
"""Of these, what is left for the rest of a message with the longest topic."""

_TYPED: dict[str, Form] = {
    **dict.fromkeys(("number", "float", "double"), Number()),
    **dict.fromkeys(("int", "integer"), Number(is_whole=True)),
    **dict.fromkeys(("boolean", "bool"), Boolean()),
}
_TEXTS = ("string", "text")
_SAMPLES = {"double": "21.5", "float": "21.5", "bool": "true"}


def texts(client: Client) -> dict[str, str]:
    """What the template asks for."""
    longest = max([len(port.topic.encode()) for port in (*client.inports, *client.outports)] or [0])
    topics: dict[str, int] = {}
    for port in client.inports:
        topics[port.topic] = max(port.qos, topics.get(port.topic, 0))
    return {
        "declarations": "\n".join(f"bool {_head(port)};" for port in client.outports),
        "handlers": "\n\n".join(map(_handler, client.inports)),
        "samples": "\n".join(
            f"  // send_{port.name}({_sample(port)});" for port in client.outports
        ),
        "senders": "\n\n".join(map(_sender, client.outports)),
        "takers": "\n\n".join(map(_taker, client.inports)),
        "routes": "\n".join(
            f"  if (where == {text(port.topic)}) take_{port.name}(message);"
            for port in client.inports
        ),
        "subscriptions": "\n".join(
            f"  subscribe({text(topic)}, {qos});" for topic, qos in topics.items()
        ),
        "payload": _payload(client),
        "id": text(client.payload["id"]),
        "buffer": str(max(LEAST_BUFFER, longest + BESIDE_TOPIC)),
    }


def form_of(port: ClientPort) -> Form:
    """How its values are written, in as narrow a form as its type allows."""
    if isinstance(port.form, Json):
        return _TYPED.get(port.port.type, port.form)
    return port.form


def _payload(client: Client) -> str:
    """JSON behind the id, in pieces: a port is a line."""
    pieces = []
    for key, said in client.payload.items():
        if key == "id":
            continue
        if isinstance(said, list) and said:
            *most, last = [
                json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in said
            ]
            pieces += [f'"{key}":[', *(f"{each}," for each in most), f"{last}],"]
        else:
            pieces.append(f'"{key}":{json.dumps(said, ensure_ascii=False)},')
    pieces[-1] = pieces[-1].removesuffix(",") + "}}"
    return "\n".join(f"  {text(piece)}" for piece in pieces)


def _type(port: ClientPort) -> str:
    match form_of(port):
        case Number(is_whole):
            return "long" if is_whole else "double"
        case Binary(kind, bits):
            return ("float" if bits == 32 else "double") if kind == "float" else f"{kind}{bits}_t"
        case Boolean():
            return "bool"
        case _:
            return "const String &"


def _given(port: ClientPort) -> str:
    """The parameters of its functions."""
    match form_of(port):
        case Bytes():
            return "const uint8_t *data, size_t length"
        case Always():
            return ""
        case _:
            said = _type(port)
            return f"{said}value" if said.endswith("&") else f"{said} value"


def _head(port: ClientPort) -> str:
    return f"send_{port.name}({_given(port)})"


def _handler(port: ClientPort) -> str:
    label = text(f"{port.port.id}: ")
    match form_of(port):
        case Bytes():
            shown = "  (void)data;\n  Serial.println((unsigned long)length); // your code"
        case Always():
            shown = "  Serial.println(); // your code"
        case Json() | Text():
            shown = "  Serial.println(value); // your code"
        case Boolean():
            shown = '  Serial.println(value ? "true" : "false"); // your code'
        case _:
            shown = "  Serial.println((double)value); // your code"
    head = f"void on_{port.name}({_given(port)}) {{ // {port.about}"
    return f"{head}\n  Serial.print({label});\n{shown}\n}}"


def _taker(port: ClientPort) -> str:
    head = f"static void take_{port.name}(const String &message) {{"
    name = port.name
    match form_of(port):
        case Bytes():
            body = [f"on_{name}((const uint8_t *)message.c_str(), message.length());"]
        case Always(said):
            body = [f"if (message == {text(said)}) on_{name}();"]
        case Text():
            body = [f"on_{name}(message);"]
        case Json(is_strict):
            if port.port.type not in _TEXTS:
                body = [f"on_{name}(message); // JSON; the library ArduinoJson reads it"]
            else:
                strict = "true" if is_strict else "false"
                body = ["String value;", _if(f"read_json_text(message, {strict}, value)", port)]
        case Number(is_whole):
            reader = "read_whole" if is_whole else "read_number"
            body = [f"{_type(port)} value;", _if(f"{reader}(message, value)", port)]
        case Boolean(yes, no):
            body = [
                "bool value;",
                _if(f"read_boolean(message, {text(yes)}, {text(no)}, value)", port),
            ]
        case Binary(kind, _, is_big):
            order = "true" if is_big else "false"
            test = f"read_binary(message, &value, sizeof value, {order})"
            finite = " && isfinite(value)" if kind == "float" else ""
            body = [f"{_type(port)} value;", _if(test + finite, port)]
    return "\n".join([head, *(f"  {line}" for line in body), "}"])


def _if(test: str, port: ClientPort) -> str:
    return f"if ({test}) on_{port.name}(value);\n  else refuse({text(str(port.port.id))}, message);"


def _sender(port: ClientPort) -> str:
    retain = "true" if port.retain else "false"
    topic = text(port.topic)
    match form_of(port):
        case Bytes():
            body = f"  return publish_bytes({topic}, data, length, {retain});"
        case Always(said):
            body = f"  return publish({topic}, {text(said)}, {retain});"
        case Text():
            body = f"  return publish({topic}, value, {retain});"
        case Json():
            said = "json_text(value)" if port.port.type in _TEXTS else "value"
            body = f"  return publish({topic}, {said}, {retain});"
        case Number(is_whole, decimals):
            if is_whole:
                body = f"  return publish({topic}, String(value), {retain});"
            else:
                digits = "-1" if decimals is None else str(decimals)
                said = f"publish({topic}, number_text(value, {digits}), {retain})"
                body = f"  return isfinite(value) && {said};"
        case Boolean(yes, no):
            body = f"  return publish({topic}, value ? {text(yes)} : {text(no)}, {retain});"
        case Binary(kind, _, is_big):
            order = "true" if is_big else "false"
            finite = "if (!isfinite(value)) return false;\n  " if kind == "float" else ""
            body = (
                f"  {finite}in_order(&value, sizeof value, {order});\n"
                f"  return publish_bytes({topic}, (const uint8_t *)&value, sizeof value, {retain});"
            )
    return f"bool {_head(port)} {{ // {port.about}\n{body}\n}}"


def _sample(port: ClientPort) -> str:
    match form_of(port):
        case Bytes():
            return '(const uint8_t *)"\\1\\2", 2'
        case Always():
            return ""
        case Text():
            return '"hello"'
        case Json():
            return '"hello"' if port.port.type in _TEXTS else '"{\\"level\\": 3}"'
        case _:
            return _SAMPLES.get(_type(port), "21")
