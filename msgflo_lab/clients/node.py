"""Clients for Node.js, with the library mqtt."""

from __future__ import annotations

from .client import Client, ClientPort
from .forms import Always, Binary, Boolean, Bytes, Form, Json, Number, Text
from .texts import javascript_text as text
from .texts import javascript_value as value

_SAMPLES = {"boolean": "true", "number": "21.5", "integer": "21", "int": "21", "string": '"hello"'}


def texts(client: Client) -> dict[str, str]:
    """What the template asks for."""
    return {
        "routes": "\n".join(map(_route, client.inports)),
        "handlers": "\n\n".join(map(_handler, client.inports)),
        "senders": "\n\n".join(map(_sender, client.outports)),
        "samples": "\n".join(
            f"  // send_{port.name}({_sample(port)});" for port in client.outports
        ),
        "payload": _payload(client),
        "id": text(client.payload["id"]),
    }


def _payload(client: Client) -> str:
    lines = []
    for key, said in client.payload.items():
        if key == "id":
            lines.append("id: ID,")
        elif isinstance(said, list) and said:
            lines += [f"{key}: [", *(f"  {value(each)}," for each in said), "],"]
        else:
            lines.append(f"{key}: {value(said)},")
    return "\n".join(f"    {line}" for line in lines)


def _route(port: ClientPort) -> str:
    said = f"{text(port.topic)}, qos: {port.qos}, read: {_reader(port.form)}"
    return f"  {{ port: {text(port.port.id)}, topic: {said}, handler: on_{port.name} }},"


def _handler(port: ClientPort) -> str:
    label = text(f"{port.port.id}:")
    return (
        f"function on_{port.name}(value) {{ // {port.about}\n"
        f"  console.log({label}, value); // your code\n}}"
    )


def _sender(port: ClientPort) -> str:
    given = "value = true" if isinstance(port.form, Always) else "value"
    flags = f"{{ qos: {port.qos}, retain: {value(port.retain)} }}"
    return (
        f"function send_{port.name}({given}) {{ // {port.about}\n"
        f"  publish({text(port.topic)}, {_written(port.form)}, {flags});\n}}"
    )


def _reader(form: Form) -> str:
    match form:
        case Json(is_strict):
            return "jsonOf" if is_strict else "plain"
        case Text():
            return "textOf"
        case Bytes():
            return "(payload) => payload"
        case Number(is_whole):
            return "(payload) => Math.round(numberOf(payload))" if is_whole else "numberOf"
        case Binary(_, bits):
            return f"(payload) => unpacked(payload, {bits // 8}, {text(_method('read', form))})"
        case Boolean():
            pairs = ", ".join(f"[{text(word)}, {value(of)}]" for word, of in form.values().items())
            return f"(payload) => wordOf(payload, new Map([{pairs}]))"
        case Always(said):
            return f"(payload) => same(payload, {text(said)})"


def _written(form: Form) -> str:
    match form:
        case Json():
            return "asJson(value)"
        case Text():
            return "asText(value)"
        case Bytes():
            return "Buffer.from(value)"
        case Number(is_whole, decimals):
            if decimals is not None:
                return f"finite(value).toFixed({decimals})"
            return "asJson(Math.round(value))" if is_whole else "asJson(finite(value))"
        case Binary(kind, bits):
            given = "finite(value)" if kind == "float" else "Math.round(finite(value))"
            given = f"BigInt({given})" if bits == 64 and kind != "float" else given
            return f"packed({bits // 8}, {text(_method('write', form))}, {given})"
        case Boolean(yes, no):
            return f"chosen(value, {text(yes)}, {text(no)})"
        case Always(said):
            return text(said)


def _method(verb: str, form: Binary) -> str:
    """Of a Buffer."""
    order = "" if form.bits == 8 else "BE" if form.is_big else "LE"
    if form.kind == "float":
        return f"{verb}{'Float' if form.bits == 32 else 'Double'}{order}"
    sign = "U" if form.kind == "uint" else ""
    name = f"Big{sign}Int" if form.bits == 64 else f"{sign}Int"
    return f"{verb}{name}{form.bits}{order}"


def _sample(port: ClientPort) -> str:
    match port.form:
        case Json():
            return _SAMPLES.get(port.port.type, "{ level: 3 }")
        case Text():
            return '"hello"'
        case Bytes():
            return "[1, 2]"
        case Number(is_whole):
            return "21" if is_whole else "21.5"
        case Binary(kind):
            return "21.5" if kind == "float" else "21"
        case Boolean():
            return "true"
        case Always():
            return ""
