"""A secret by what it is called, or by what it looks like. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .flags import flagged_in_text
from .words import WORD, is_called_key, is_called_secret, is_kind, last_word, words_of

_PINS = frozenset({"pin", "pincode", "passcode"})
"""A secret if it is a number that nobody has so many pins for."""
_SESSION = re.compile(
    r"(?i)(?:^|[;\s])[\w-]*(?:sess|sid|auth|token|jwt)[\w-]*=(?P<id>[^;\s\0]{6,})"
)
"""What a cookie has that lets somebody in."""
_LOOKS_LIKE_KEY = re.compile(r"(?=\d*(?:[A-Za-z+/=_-]+\d+){4})[A-Za-z0-9+/=_-]{16,}")
"""Letters and digits in turn, as chance has it."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DIGITS = re.compile(r"\d{4,}")
_MANY = 1_000
"""A password that is a number has four digits at least; a length or a count has less."""
_NO_NUMBERS = frozenset({"token", "pw", "credential", "authorization"})
"""Secrets by their name, but for numbers: `max_tokens`, a pulse width."""
_SHAPE = re.compile(
    r"[a-z][a-z0-9+.-]{0,20}://(?!guest:guest@)[^/@\s:]*:(?P<password>[^/@\s]+)@"
    r"|\bhttps?://[0-9a-f]{32}@"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}(?![\w-])|\bGOCSPX-[\w-]{20,}"
    r"|\bsk-[A-Za-z0-9_-]{10,}|\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9]{16,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{8,}|\bxapp-\d-[A-Za-z0-9-]{8,}|hooks\.slack\.com/services/\w"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bhf_[A-Za-z]{30,}"
    r"|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}"
    r"|discord(?:app)?\.com/api/webhooks/\d{5,}/[\w-]{20,}"
    r"|(?<![^\s\"'=:])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{43}=(?![^\s\"',;])"
    r"|\b\d{8,10}:[A-Za-z0-9_-]{35}(?![\w-])|\beyJ[\w-]{8,}\.eyJ"
    r"|\bBearer [\w.~+/-]{8,}|\bBasic (?=[A-Za-z+/]*[0-9=])[A-Za-z0-9+/=]{8,}"
    r"|[?&](?:api_?key|(?:access_|auth_)?token|password|pwd|(?:client_)?secret)="
    r"[^&\s'\"\0{%$<]{4,}"
    r"|[?&](?:key|appid|sig)=(?=(?:[\w%-]{0,64}?[A-Za-z]\d){2})[\w%-]{16,}"
)
"""Of Amazon, Google, OpenAI, Stripe, Slack, GitHub, GitLab, Hugging Face, npm, PyPI, SendGrid,
Discord, Fernet, Sentry and Telegram, as they describe their keys; JSON web tokens, headers and
addresses. Everybody knows the password of RabbitMQ's guest."""
_KEYED = re.compile(
    r"(?P<key>(?<![\w.-])[A-Za-z][\w.-]{0,40}(?: [Kk]ey)?)(?P<end>[\"']?)[ \t]{0,8}"
    r"(?P<sign>:=|=>|[:=])[ \t]{0,8}"
    r"(?:\"(?P<double>[^\"\n]+)\"|'(?P<single>[^'\n]+)'|`(?P<tick>[^`\n]+)`"
    r"|(?P<bare>[^\s;&,'\"`]+)(?P<rest>[^'\"`\n]?))"
)
"""A line of JSON, YAML or an ini file; a part of what databases are connected by."""
_HEADER = re.compile(
    r"[\"'](?P<key>(?:[Pp]roxy-)?[Aa]uthorization|[A-Za-z]\w*-[\w-]+)[\"'],\s{0,8}"
    r"[\"'](?![A-Za-z-]+[\"'])(?P<value>[^\"'\n]+)[\"']"
)
"""Of HTTP, as functions are given them: `setHeader("Authorization", "Token a1")`, and no list of
their names."""
HOLE = "\0"
"""Stands in a text for what is put there when code is run."""
_FILLED_IN = re.compile(
    r"(?i:password\]?|passwd|pass)|\*+|\.{3}|\0+|\$?\{[^}]*\}+|\$\w+|%s|%\(\w+\)s|<[^>]*>|\?|:\w+"
)
"""What stands where a secret is to be put."""
_CODE = re.compile(r"\w+(?:\.\w+)*[(\[].*|[(\[{\\].*")
"""What gets one from elsewhere."""
_PLACEHOLDER = re.compile(
    r"your[-_ ].*|change[-_ ]?(?:me|it)|x{3,}|\*+|\.{3,}|<[^>]*>|\$\{?\w+\}?|\{[^}]*\}+|%s",
    re.IGNORECASE | re.DOTALL,
)
"""What people write where a secret is to be put."""
_PLACE = re.compile(
    r"~?(?:/[a-z_.-][\w.-]*){2,}|[\w./~-]+\.(?:pem|key|crt|cer|der|txt|json|ya?ml|ini|env|toml)"
)
"""A file that has one."""
_WORDS = """
any bool boolean bytes false float int integer nil none null number object optional required str
string text true
"""
_NONE = frozenset(_WORDS.split())
"""What a schema says of one, or a language of what is not there."""
_LEAST_RANDOM, _LEAST_LETTERS = 6, 20
"""Characters of a key; and of one that has letters only."""
_RUN = re.compile(r"[\w.~+/=-]+")
_NUMBERED = re.compile(r"[A-Za-z_-]+\d{1,3}")
"""A name of something with a number."""
IN_TEXT = "a password, or a key, in a text"


def may_be_secret(name: str) -> bool:
    """Whether there is a value of that name that would be one; see `is_value`."""
    is_other = last_word(words_of(name)) in (*_PINS, "cookie")
    return is_called_secret(name) or is_called_key(name) or is_other


def is_secret(name: str, value: object) -> bool:
    """True if a value of that name is to be in no file; also if a part of it is."""
    match value:
        case str() | bytes():
            text = value if isinstance(value, str) else value.decode(errors="replace")
            return is_value(name, text) or bool(secret_of(text))
        case bool():
            return False
        case int():
            return is_value(name, value)
        case dict():
            return any(is_secret(str(key), each) for key, each in value.items())
        case list() | tuple() | set() | frozenset():
            return any(is_secret(name, each) for each in value)
    return False


def is_value(name: str, value: str | int) -> bool:
    """Whether a text or a number may be the secret that a name stands for.

    A `token` of those who take texts to pieces is none: `PLUS`, `+`, `\\d+`. Nor is what stands
    where one is to be put (`<password>`), a file that has it, or the variable that does.
    """
    if last_word(words_of(name)) in _PINS:
        return _DIGITS.fullmatch(str(value)) is not None
    if isinstance(value, str) and last_word(words_of(name)) == "cookie":
        found = _SESSION.search(value)
        return found is not None and not _FILLED_IN.fullmatch(found["id"])
    if not is_called_secret(name):
        is_key = isinstance(value, str) and is_called_key(name) and not _UUID.fullmatch(value)
        return is_key and _LOOKS_LIKE_KEY.fullmatch(str(value)) is not None
    if isinstance(value, int):
        return value >= _MANY and last_word(words_of(name)) not in _NO_NUMBERS
    if is_kind(name):
        return any(map(_is_random, value.split()))
    is_variable = value.isupper() and "_" in value and is_called_secret(value)
    return not (
        not value.strip(HOLE)
        or value.lower() in (*_NONE, name.lower())
        or _PLACEHOLDER.fullmatch(value)
        or _PLACE.fullmatch(value)
        or is_variable
    )


def _is_random(word: str) -> bool:
    """Whether a word is rather a key than the name of something: `a1b2c3`, not `int32`."""
    if len(word) < _LEAST_RANDOM or not _RUN.fullmatch(word):
        return False
    if any(map(str.isdigit, word)) and any(map(str.isalpha, word)):
        return not _NUMBERED.fullmatch(word)
    return len(word) >= _LEAST_LETTERS and len(WORD.findall(word)) >= len(word) / 4


def values_in(text: str) -> list[str]:
    """The secrets that a text holds: of addresses, and behind keys."""
    found = [
        each["password"]
        for each in _SHAPE.finditer(text)
        if each["password"] and not _FILLED_IN.fullmatch(each["password"])
    ]
    keyed = (each for each in _keyed_in(text) if _is_given(each, is_code=False))
    flagged = (each for each in flagged_in_text(text) if is_given_by_flag(each.name, each.value))
    found += [each.value for each in flagged]
    return found + [_value_of(each) for each in keyed]


def secret_of(text: str, *, is_code: bool = False) -> str:
    """What the secret that a text holds is called there, or IN_TEXT; "" if there is none.

    Args:
        is_code: In a language where a text stands in quotation marks.
    """
    for found in _SHAPE.finditer(text):
        if not _FILLED_IN.fullmatch(found["password"] or "-"):
            return IN_TEXT
    for found in _keyed_in(text):
        if _is_given(found, is_code):
            return found["key"]
    for found in _HEADER.finditer(text):
        if not _FILLED_IN.fullmatch(found["value"]) and is_value(found["key"], found["value"]):
            return found["key"]
    for each in flagged_in_text(text):
        if is_given_by_flag(each.name, each.value):
            return each.name
    return ""


def is_given_by_flag(name: str, value: str) -> bool:
    """Whether what stands behind an option is a secret, and not what it is called in a manual."""
    is_name = value.replace("_", "").isalpha() and (value.isupper() or is_called_secret(value))
    is_prose = len(value.split()) != 1
    if is_name or is_prose or value.startswith((HOLE, "$(")) or _FILLED_IN.fullmatch(value):
        return False
    return is_value(name, int(value) if value.isdecimal() else value)


def _keyed_in(text: str) -> Iterator[re.Match[str]]:
    """Keys with their values, and those within these: `f(a=b)`, `text: "a=b"`."""
    found = _KEYED.search(text)
    while found is not None:
        yield found
        found = _KEYED.search(text, found.end("sign"))


def _is_given(found: re.Match[str], is_code: bool) -> bool:
    """Whether the value that stands behind a key is one."""
    key, bare = found["key"], found["bare"]
    value = _value_of(found)
    if (
        value.startswith(HOLE)
        or _FILLED_IN.fullmatch(value)
        or value.lower() in (*_NONE, key.lower())
    ):
        return False
    if bare is not None:
        if _CODE.fullmatch(bare) or bare.startswith("$("):
            return False
        if is_code and not bare.isdecimal():
            return False
        if found["sign"] == ":" and (found["rest"] or not any(map(str.isdigit, bare))):
            return False  # prose: `password: the one of the broker`
        if is_called_secret(bare) and len(words_of(bare)) > 1:
            return False  # code: `password = settings.password`
    return is_value(key, int(value) if bare is not None and bare.isdecimal() else value)


def _value_of(found: re.Match[str]) -> str:
    """What stands behind a key, without its quotation marks."""
    return found["double"] or found["single"] or found["tick"] or found["bare"]
