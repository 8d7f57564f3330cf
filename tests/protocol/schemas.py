"""The protocol's published schemas (npm `fbp-protocol`), for what the runtime sends."""

from __future__ import annotations

import functools
import json
import subprocess
from typing import Any

from jsonschema import Draft4Validator

from tests.brokers import need
from tests.interop.conftest import node_package

WITHOUT = {
    # A client may ask to persist, and the schemas have no word for it having been done.
    ("network", "persist"): {"type": "object", "maxProperties": 0},
}
"""What we send that has no schema of its own, and what it is to be."""
AS_FROM_CLIENTS = {("network", "edges"), ("runtime", "packet")}
"""Their schemas are those of what a client sends, which answers nothing. Ours do, like all other
answers: a client that has asked with a `requestId` waits for it."""


@functools.cache
def published() -> dict[str, Any]:
    """All schemas, with nothing left to look up."""
    package = node_package("fbp-protocol")
    program = "process.stdout.write(JSON.stringify(require(process.argv[1])))"
    command = [need("node"), "-e", program, str(package / "schema" / "schemas.js")]
    found: dict[str, Any] = json.loads(subprocess.check_output(command, timeout=20))
    assert "$ref" not in json.dumps(found)
    return found


@functools.cache
def _validator(protocol: str, command: str) -> Any:
    schema = published().get(protocol, {}).get("output", {}).get(command)
    if schema is None:
        schema = {"properties": {"payload": WITHOUT[protocol, command]}}
    return Draft4Validator(schema)


def validate(message: dict[str, Any]) -> None:
    """See that a message of the runtime is what the schemas say."""
    kind = (message["protocol"], message["command"])
    if kind in AS_FROM_CLIENTS:
        message = {key: value for key, value in message.items() if key != "responseTo"}
    problems = [
        f"{list(problem.absolute_path)}: {problem.message[:300]}"
        for problem in _validator(*kind).iter_errors(message)
    ]
    assert not problems, f"{problems} in {str(message)[:500]}"
