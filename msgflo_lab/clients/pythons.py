"""Clients in Python: with paho-mqtt, and in MicroPython with umqtt.simple."""

from __future__ import annotations

import json

from .client import Client, ClientPort
from .forms import Always, Binary, Boolean, Bytes, Form, Json, Number, Text
from .texts import python_text as text
from .texts import python_value as value

_CODES = {("int", 8): "b", ("int", 16): "h", ("int", 32): "i", ("int", 64): "q"}
_CODES |= {("uint", bits): code.upper() for (_, bits), code in _CODES.items()}
_CODES |= {("float", 32): "f", ("float", 64): "d"}
_SAMPLES = {"boolean": "True", "number": "21.5", "integer": "21", "int": "21", "string": '"hello"'}


def texts(client: Client) -> dict[str, str]:
    """What the templates ask for."""
    return {
        "routes": "\n".join(map(_route, client.inports)),
        "handlers": "\n\n\n".join(map(_handler, client.inports)),
        "senders": "\n\n\n".join(map(_sender, client.outports)),
        "samples": "\n".join(
            f"    # send_{port.name}({_sample(port)})" for port in client.outports
        ),
        "payload": _payload(client),
        "id": text(client.payload["id"]),
    }


def _payload(client: Client) -> str:
    lines = []
    for key, said in client.payload.items():
        if key == "id":
            lines.append('"id": ID,')
        elif isinstance(said, list) and said:
            lines += [f"{text(key)}: [", *(f"    {value(each)}," for each in said), "],"]
        else:
            lines.append(f"{text(key)}: {value(said)},")
    return "\n".join(f"        {line}" for line in lines)


def _route(port: ClientPort) -> str:
    said = f"{text(port.topic)}, {port.qos}, {_reader(port.form)}, on_{port.name}"
    return f"    ({text(port.port.id)}, {said}),"


def _handler(port: ClientPort) -> str:
    label = text(f"{port.port.id}:")
    return f"def on_{port.name}(value):  # {port.about}\n    print({label}, value)  # your code"


def _sender(port: ClientPort) -> str:
    given = "value=True" if isinstance(port.form, Always) else "value"
    return (
        f"def send_{port.name}({given}):  # {port.about}\n"
        f"    publish({text(port.topic)}, {_written(port.form)}, {port.retain}, {port.qos})"
    )


def _reader(form: Form) -> str:
    match form:
        case Json(is_strict):
            return "json_of" if is_strict else "plain"
        case Text():
            return "text_of"
        case Bytes():
            return "bytes"
        case Number(is_whole):
            return "lambda payload: round(number_of(payload))" if is_whole else "number_of"
        case Binary():
            return f"lambda payload: unpacked({_packing(form)}, payload)"
        case Boolean():
            return f"lambda payload: word_of(payload, {value(form.values())})"
        case Always(said):
            return f"lambda payload: same(payload, {text(said)})"


def _written(form: Form) -> str:
    match form:
        case Json():
            return "as_json(value)"
        case Text():
            return "as_text(value)"
        case Bytes():
            return "as_bytes(value)"
        case Number(is_whole, decimals):
            if decimals is not None:
                return f'"{{:.{decimals}f}}".format(finite(value)).encode()'
            return f"as_json({'round(finite(value))' if is_whole else 'finite(value)'})"
        case Binary(kind, bits):
            if kind == "float":
                return f"struct.pack({_packing(form)}, finite(value))"
            low = 0 if kind == "uint" else -(1 << bits - 1)
            high = (1 << bits if kind == "uint" else 1 << bits - 1) - 1
            return f"struct.pack({_packing(form)}, within({low}, round(value), {high}))"
        case Boolean(yes, no):
            return f"chosen(value, {text(yes)}, {text(no)}).encode()"
        case Always(said):
            return f"{text(said)}.encode()"


def _packing(form: Binary) -> str:
    return text((">" if form.is_big else "<") + _CODES[form.kind, form.bits])


def _sample(port: ClientPort) -> str:
    match port.form:
        case Json():
            return _SAMPLES.get(port.port.type, json.dumps({"level": 3}))
        case Text():
            return '"hello"'
        case Bytes():
            return 'b"\\x01\\x02"'
        case Number(is_whole):
            return "21" if is_whole else "21.5"
        case Binary(kind):
            return "21.5" if kind == "float" else "21"
        case Boolean():
            return "True"
        case Always():
            return ""
