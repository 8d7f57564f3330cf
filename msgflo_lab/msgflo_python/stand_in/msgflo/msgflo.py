"""The names of msgflo-python's one module, and what it does when it is imported."""

from __future__ import annotations

import logging
import os
import sys

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.msgflo_python.engine import DEFAULT_DISCOVERY_PERIOD, Engine, run
from msgflo_lab.msgflo_python.participant import Message, Participant, deliver_iips
from msgflo_lab.msgflo_python.participant import normalized as normalizeDefinition  # noqa: N812
from msgflo_lab.msgflo_python.participant import with_queue as addDefaultQueue  # noqa: N812
from msgflo_lab.msgflo_python.program import main, parse
from msgflo_lab.names import shown

__all__ = [
    "DEFAULT_DISCOVERY_PERIOD",
    "AmqpEngine",
    "Engine",
    "Message",
    "MqttEngine",
    "Participant",
    "addDefaultQueue",
    "deliver_iips",
    "logger",
    "main",
    "normalizeDefinition",
    "parse",
    "run",
]

AmqpEngine = MqttEngine = Engine

# A program may rely on it that the folder which it is run in is searched, and that its own log
# messages are printed.
sys.path.append(os.path.abspath("."))
logging.basicConfig()
logger = logging.getLogger("msgflo")
if _level := os.environ.get("MSGFLO_PYTHON_LOGLEVEL"):
    if _level.upper() not in logging.getLevelNamesMapping():
        raise MsgFloLabError(f"MSGFLO_PYTHON_LOGLEVEL is debug, info, ..., not `{shown(_level)}`")
    for _name in ("msgflo", "msgflo_lab", "msgflo_lab_transports"):
        logging.getLogger(_name).setLevel(_level.upper())
