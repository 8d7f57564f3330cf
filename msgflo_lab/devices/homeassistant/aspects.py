"""What each component of Home Assistant has: its states and commands, as rows of a table.

Pure data. One row is one port name, on the side of the outports if the entity names the topic of a
state, and of the inports if it names one for commands. Follows the page of each component, e.g.
https://www.home-assistant.io/integrations/cover.mqtt/, and for the defaults Home Assistant 2026.2.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Aspect(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be said or done. All but `port` and `type` are keys of the configuration.

    Attributes:
        type: The port's type; a sensor's is worked out.
        state: The topic of the states.
        reading: Its template.
        command: The topic for commands.
        writing: Its template.
        variable: What the template calls the value, besides `value`.
        words: The words of a command for true and for false.
        states: Those of a state, where they are others.
        payloads: The words that a command may be; one alone is all that there is to say.
        known: The words that a state may be.
        choices: A list of the words for both.
        limits: The smallest and the largest number.
        ends: What these two mean, in words.
        step: How far one number is from the next.
        unit: The unit; or the key that names it.
        fields: Of an object that is written as a text with commas.
        within: Where a state is in what the template gives, or in the message.
        wrapped: What a command is put into, if there is no template.
        about: For people.
    """

    port: str
    type: str = "string"
    state: str = ""
    reading: str = ""
    command: str = ""
    writing: str = ""
    variable: str = "value"
    words: tuple[str, str] | None = None
    states: tuple[str, str] | None = None
    payloads: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    choices: str = ""
    limits: tuple[str, str] | None = None
    ends: tuple[str, str] | None = None
    step: str = ""
    unit: str = "unit_of_measurement"
    fields: tuple[str, ...] = ()
    within: str = ""
    wrapped: str = ""
    about: str = ""


DEFAULTS: Mapping[str, str] = {
    "payload_on": "ON", "payload_off": "OFF", "payload_press": "PRESS",
    "payload_open": "OPEN", "payload_close": "CLOSE", "payload_stop": "STOP",
    "payload_stop_tilt": "STOP", "payload_lock": "LOCK", "payload_unlock": "UNLOCK",
    "payload_oscillation_on": "oscillate_on", "payload_oscillation_off": "oscillate_off",
    "state_locked": "LOCKED", "state_unlocked": "UNLOCKED", "state_locking": "LOCKING",
    "state_unlocking": "UNLOCKING", "state_jammed": "JAMMED",
    "state_open": "open", "state_opening": "opening", "state_closed": "closed",
    "state_closing": "closing", "state_stopped": "stopped",
    "payload_home": "home", "payload_not_home": "not_home",
    "payload_arm_away": "ARM_AWAY", "payload_arm_home": "ARM_HOME",
    "payload_arm_night": "ARM_NIGHT", "payload_arm_vacation": "ARM_VACATION",
    "payload_arm_custom_bypass": "ARM_CUSTOM_BYPASS", "payload_disarm": "DISARM",
    "payload_trigger": "TRIGGER", "payload_start": "start", "payload_pause": "pause",
    "payload_return_to_base": "return_to_base", "payload_clean_spot": "clean_spot",
    "payload_locate": "locate",
    "dock": "dock", "start_mowing": "start_mowing", "pause": "pause",
    "lit": "on", "unlit": "off", "none": "0", "brightness_scale": "255", "min": "1", "max": "100",
    "speed_range_min": "1", "speed_range_max": "100", "tilt_min": "0", "tilt_max": "100",
    "position_closed": "0", "position_open": "100",
}  # fmt: skip
"""What words are, where an entity does not say."""
DEFAULTS_OF: Mapping[str, Mapping[str, str]] = {
    "lock": {"payload_open": ""},
    "vacuum": {"payload_stop": "stop"},
    "valve": {"payload_stop": ""},
}
"""The same for single components; "" for a word that there is only if the entity says so."""
FALLBACK: Mapping[str, str] = {
    "climate": "", "water_heater": "", "light": "state_value_template",
}  # fmt: skip
"""Components whose `value_template` stands in for others: for this one, or ("") for all of them."""

ON_OFF = ("payload_on", "payload_off")


def _plain(kind: str = "string", *, template: str = "value_template", **rest: object) -> Aspect:
    """A state and a command with the usual keys."""
    said = {
        "port": "state", "state": "state_topic", "reading": template,
        "command": "command_topic", "writing": "command_template", "type": kind,
    }  # fmt: skip
    return msgspec.convert({**said, **rest}, Aspect)


def _named(
    port: str, kind: str = "string", *, template: str = "state_template", **rest: object
) -> Aspect:
    """A state and a command whose keys begin with the port's name."""
    said = {
        "port": port, "state": f"{port}_state_topic", "reading": f"{port}_{template}",
        "command": f"{port}_command_topic", "writing": f"{port}_command_template", "type": kind,
    }  # fmt: skip
    return msgspec.convert({**said, **rest}, Aspect)


def _seen(port: str, kind: str = "string", unit: str = "") -> Aspect:
    """A state with nothing to be done about it."""
    return Aspect(
        port=port, state=f"{port}_topic", reading=f"{port}_template", type=kind, unit=unit
    )


def _warm(port: str) -> Aspect:
    """A temperature that can be set."""
    limits = ("min_temp", "max_temp")
    return _named(port, "number", limits=limits, step="temp_step", unit="temperature_unit")


ATTRIBUTES = Aspect(
    port="attributes",
    type="object",
    state="json_attributes_topic",
    reading="json_attributes_template",
    within="json",
    about="more about it",
)
"""What every entity may have."""

# A device may name topics for all of its entities, whatever these are.
_NO_COMMAND = {"command": "", "writing": ""}
_NO_STATE = {"state": "", "reading": ""}
_MIREDS = ("min_mireds", "max_mireds")
_HUMIDITY = _named("target_humidity", "number", limits=("min_humidity", "max_humidity"), unit="%")
_POWER = Aspect(
    port="power",
    type="boolean",
    command="power_command_topic",
    writing="power_command_template",
    words=ON_OFF,
)
_LIGHT = (
    _plain("boolean", template="state_value_template", words=ON_OFF),
    _named("brightness", "int", template="value_template", limits=("none", "brightness_scale")),
    _named("color_mode", template="value_template", **_NO_COMMAND),
    _named("color_temp", "int", template="value_template", limits=_MIREDS),
    _named("effect", template="value_template", choices="effect_list"),
    _named("hs", "object", template="value_template", fields=("hue", "sat")),
    _named("rgb", "object", template="value_template", fields=("red", "green", "blue")),
    _named("rgbw", "object", template="value_template", fields=("red", "green", "blue", "white")),
    _named(
        "rgbww",
        "object",
        template="value_template",
        fields=("red", "green", "blue", "cold_white", "warm_white"),
    ),
    _named("white", "int", template="value_template"),
    _named("xy", "object", template="value_template", fields=("x", "y")),
)
_DOORS = ("state_open", "state_opening", "state_closed", "state_closing", "state_stopped")

ASPECTS: Mapping[str, tuple[Aspect, ...]] = {
    "alarm_control_panel": (
        _plain(
            variable="action",
            payloads=(
                "payload_arm_away", "payload_arm_home", "payload_arm_night",
                "payload_arm_vacation", "payload_arm_custom_bypass", "payload_disarm",
                "payload_trigger",
            ),
        ),
    ),
    "binary_sensor": (_plain("boolean", words=ON_OFF, **_NO_COMMAND),),
    "button": (_plain("bang", port="press", payloads=("payload_press",), **_NO_STATE),),
    "camera": (Aspect(port="image", type="bytes", state="topic"),),
    "climate": (
        _seen("action"),
        _seen("current_temperature", "number", unit="temperature_unit"),
        _seen("current_humidity", "number", unit="%"),
        _named("mode", choices="modes"),
        _warm("temperature"),
        _warm("temperature_low"),
        _warm("temperature_high"),
        _HUMIDITY,
        _named("fan_mode", choices="fan_modes"),
        _named("swing_mode", choices="swing_modes"),
        _named("swing_horizontal_mode", choices="swing_horizontal_modes"),
        _named("preset_mode", template="value_template", choices="preset_modes"),
        _POWER,
    ),
    "cover": (
        _plain(payloads=("payload_open", "payload_close", "payload_stop"), known=_DOORS),
        Aspect(
            port="position", type="number", variable="position",
            state="position_topic", reading="position_template",
            command="set_position_topic", writing="set_position_template",
            limits=("position_closed", "position_open"), ends=("closed", "open"),
        ),
        Aspect(
            port="tilt", type="number", variable="tilt_position",
            state="tilt_status_topic", reading="tilt_status_template",
            command="tilt_command_topic", writing="tilt_command_template",
            limits=("tilt_min", "tilt_max"),
        ),
    ),
    "device_tracker": (_plain(known=("payload_home", "payload_not_home"), **_NO_COMMAND),),
    "event": (
        Aspect(
            port="event_type", state="state_topic", reading="value_template", choices="event_types",
            within="path:$.event_type",
        ),
        _plain("object", port="event", within="json", **_NO_COMMAND),
    ),
    "fan": (
        _plain("boolean", template="state_value_template", words=ON_OFF),
        _named("percentage", "number", template="value_template",
               limits=("speed_range_min", "speed_range_max")),
        _named("preset_mode", template="value_template", choices="preset_modes"),
        _named("oscillation", "boolean", template="value_template",
               words=("payload_oscillation_on", "payload_oscillation_off")),
        _named("direction", template="value_template", about="forward or reverse"),
    ),
    "humidifier": (
        _plain("boolean", template="state_value_template", words=ON_OFF),
        _HUMIDITY,
        _named("mode", choices="modes"),
        _seen("current_humidity", "number", unit="%"),
        _seen("action"),
    ),
    "image": (
        Aspect(port="image", type="bytes", state="image_topic"),
        _seen("url"),
    ),
    "lawn_mower": (
        Aspect(port="activity", state="activity_state_topic", reading="activity_value_template"),
        *(
            Aspect(port=each, type="bang", command=f"{each}_command_topic",
                   writing=f"{each}_command_template", payloads=(each,))
            for each in ("start_mowing", "pause", "dock")
        ),
    ),
    "light": _LIGHT,
    "lock": (
        _plain(
            payloads=("payload_lock", "payload_unlock", "payload_open"),
            known=("state_locked", "state_locking", "state_unlocked", "state_unlocking",
                   "state_jammed"),
        ),
    ),
    "notify": (_plain(port="message", **_NO_STATE),),
    "number": (_plain("number", limits=("min", "max"), step="step"),),
    "scene": (_plain("bang", port="turn_on", payloads=("payload_on",), **_NO_STATE),),
    "select": (_plain(choices="options"),),
    "sensor": (_plain("?", choices="options", **_NO_COMMAND),),
    "siren": (
        _plain("boolean", template="state_value_template", words=ON_OFF,
               states=("state_on", "state_off"), wrapped="path:$.state"),
    ),
    "switch": (_plain("boolean", words=ON_OFF, states=("state_on", "state_off")),),
    "tag": (_plain(port="tag", state="topic", **_NO_COMMAND),),
    "text": (_plain(),),
    "update": (
        _plain("?", about="the installed version, or more", **_NO_COMMAND),
        _seen("latest_version"),
        _plain("bang", port="install", payloads=("payload_install",), **_NO_STATE),
    ),
    "vacuum": (
        Aspect(port="state", state="state_topic", within="path:$.state"),
        _plain(
            port="command", state="", reading="",
            payloads=("payload_start", "payload_pause", "payload_stop", "payload_return_to_base",
                      "payload_clean_spot", "payload_locate"),
        ),
        Aspect(port="fan_speed", command="set_fan_speed_topic", choices="fan_speed_list"),
        Aspect(port="custom", command="send_command_topic", about="commands of its own"),
    ),
    "valve": (
        _plain(payloads=("payload_open", "payload_close", "payload_stop"), known=_DOORS[:4]),
    ),
    "water_heater": (
        _seen("current_temperature", "number", unit="temperature_unit"),
        _named("mode", choices="modes"),
        _warm("temperature"),
        _POWER,
    ),
}  # fmt: skip
