"""What must be in no file: recognised by what it is called, or by what it looks like. Pure."""

from __future__ import annotations

import re

_WORDS = """
apikey authorization credential pass passphrase passwd password psk pw pwd secret token
"""
_LAST = frozenset(_WORDS.split())
"""The last word of a name for a secret."""
_LAST_TWO = frozenset(
    {"api key", "access key", "account key", "private key", "secret key", "auth key"}
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SHAPE = re.compile(
    r"[a-z][a-z0-9+.-]{0,20}://[^/@\s:]*:(?P<password>[^/@\s]+)@"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}(?![\w-])|\bGOCSPX-[\w-]{20,}"
    r"|\bsk-[A-Za-z0-9_-]{10,}|\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9]{16,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{8,}|\bxapp-\d-[A-Za-z0-9-]{8,}|hooks\.slack\.com/services/\w"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bhf_[A-Za-z]{30,}"
    r"|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}"
    r"|\b\d{8,10}:[A-Za-z0-9_-]{35}(?![\w-])|\beyJ[\w-]{8,}\.eyJ"
    r"|\bBearer [\w.~+/-]{8,}|\bBasic (?=[A-Za-z+/]*[0-9=])[A-Za-z0-9+/=]{8,}"
    r"|[?&](?:api_?key|(?:access_)?token|password)=[^&\s'\"\0{%$<]{4,}"
)
"""Of Amazon, Google, OpenAI, Stripe, Slack, GitHub, GitLab, Hugging Face, npm, PyPI, SendGrid and
Telegram, as they describe their keys; JSON web tokens, headers and addresses."""
_KEYED = re.compile(
    r"(?P<key>(?<![\w.-])[A-Za-z][\w.-]{0,40}(?: [Kk]ey)?)(?P<end>[\"']?)[ \t]{0,8}"
    r"(?P<sign>[:=])[ \t]{0,8}"
    r"(?:\"(?P<double>[^\"\n]+)\"|'(?P<single>[^'\n]+)'|(?P<bare>[^\s;&,'\"]+)(?P<rest>.?))"
)
"""A line of JSON, YAML or an ini file; a part of what databases are connected by."""
HOLE = "\0"
"""Stands in a text for what is put there when code is run."""
_FILLED_IN = re.compile(
    r"PASSWORD|\*+|\.{3}|\0+|\{[^}]*\}+|\$\{?\w+\}?|%s|%\(\w+\)s|<[^>]*>|\?|:\w+"
)
"""What stands where a secret is to be put."""
_CODE = re.compile(r"\w+(?:\.\w+)*[(\[].*|[(\[{\\].*")
"""What gets one from elsewhere."""
_NONE = frozenset({"none", "null", "true", "false", "nil", "str", "string", "optional", "required"})
_KIND = re.compile(r"[A-Z_]{1,24}|[A-Z]?[a-z]{0,12}")
"""A word that says of what kind a piece of text is."""
_SYMBOLS = re.compile(r"[^A-Za-z0-9]*|.*[\\\[\](){}*|^<>].*", re.DOTALL)
"""What is written of signs, or of a pattern."""
IN_TEXT = "a password, or a key, in a text"


def is_called_secret(name: str) -> bool:
    """True for `wifi_pass`, `X-Api-Key` and `TOKENS`; False for `token_kind`."""
    words = _words(name)
    last = words[-1] if words else ""
    singular = last.removesuffix("s") if last not in _LAST else last
    return singular in _LAST or " ".join((*words[-2:-1], singular)) in _LAST_TWO


def is_secret(name: str, value: object) -> bool:
    """True if a value of that name is to be in no file; also if a part of it is."""
    match value:
        case str() | bytes():
            text = value if isinstance(value, str) else value.decode(errors="replace")
            return (is_called_secret(name) and is_value(name, text)) or bool(secret_of(text))
        case dict():
            return any(is_secret(str(key), each) for key, each in value.items())
        case list() | tuple() | set() | frozenset():
            return any(is_secret(name, each) for each in value)
    return False


def is_value(name: str, text: str) -> bool:
    """Whether a text may be the secret of that name.

    A `token` of those who take texts to pieces is none: `PLUS`, `+`, `\\d+`.
    """
    if _words(name) in (["token"], ["tokens"]):
        return any(not (_KIND.fullmatch(each) or _SYMBOLS.fullmatch(each)) for each in text.split())
    return bool(text)


def secret_of(text: str) -> str:
    """What the secret that a text holds is called there, or IN_TEXT; "" if there is none."""
    for found in _SHAPE.finditer(text):
        if not _FILLED_IN.fullmatch(found["password"] or "-"):
            return IN_TEXT
    for found in _KEYED.finditer(text):
        key = found["key"]
        if is_called_secret(key) and _is_given(found):
            return key
    return ""


def _is_given(found: re.Match[str]) -> bool:
    """Whether the value that stands behind a key is one."""
    key, bare = found["key"], found["bare"]
    value = found["double"] or found["single"] or bare
    if (
        value.startswith(HOLE)
        or _FILLED_IN.fullmatch(value)
        or value.lower() in (*_NONE, key.lower())
    ):
        return False
    if bare is not None:
        if _CODE.fullmatch(bare):
            return False
        if found["sign"] == ":" and (found["rest"] or not any(map(str.isdigit, bare))):
            return False  # prose: `password: the one of the broker`
        if is_called_secret(bare) and len(_words(bare)) > 1:
            return False  # code: `password = settings.password`
    return is_value(key, value)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
