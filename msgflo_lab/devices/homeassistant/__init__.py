"""Home Assistant's MQTT discovery: devices that describe themselves for it, as participants. Pure.

abbreviations    the short keys                     availability    whether somebody is there
config           messages into entities             aspects         what each component has
template         the simple Jinja templates         light           lights of one message
ports            rows of the table into ports       participant     entities into participants
"""

from .adapter import HomeAssistant

__all__ = ["HomeAssistant"]
