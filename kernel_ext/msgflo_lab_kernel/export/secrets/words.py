"""Names for secrets: by their words. Pure."""

from __future__ import annotations

import re

_WORDS = """
apikey authorization bearer contrasena contraseña cred credential kennwort pass passphrase passwd
password passwort psk pw pwd secret token
"""
_LAST = frozenset(_WORDS.split())
"""The last word of a name for a secret."""
_TWO = """
access key, account key, api key, auth key, de passe, encryption key, master key, private key,
secret key, signing key
"""
_LAST_TWO = frozenset(each.strip() for each in _TWO.split(","))
_GLUED = re.compile(
    r"(\w+?)(password|passwd|passwort|passphrase|secret)(s?)"
    r"|(access|api|auth|bearer|bot|refresh)(token|key)(s?)"
    r"|(admin|db|ftp|mail|mqtt|my|root|smtp|ssh|user|wifi|wlan)(pass|pwd)()"
)
"""Two words that nothing separates: `mqttpassword`, `authtoken`, `dbpass`."""
_ENDS = "default dev live plain prod production raw staging str value"
_SAY_NOTHING = frozenset(_ENDS.split())
"""Words behind a name for a secret, which is one all the same: `api_key_prod`."""
_OTHER = """
all backward band boarding by first forward high last low multi next one render second single third
two under
"""
_PASSES = frozenset(_OTHER.split())
"""Passes of another kind: a `low_pass` is a filter."""
_MISSING = "bad expired has invalid is missing needs no wrong"
_NOT_THERE = frozenset(_MISSING.split())
"""Words before one that is none, or not the right one: `no_password` is what people are told."""
_OTHER_KEYS = """
cache composite dict foreign group hash idempotency index lookup map object partition primary pub
public range redis routing row s storage sort surrogate unique
"""
_NO_SECRET_KEYS = frozenset(_OTHER_KEYS.split())
"""Keys of another kind; every other `weather_key` is one if it looks like it."""
WORD = re.compile(r"[A-ZÀ-ÖØ-Þ]+(?![a-zß-öø-ÿ])|[A-ZÀ-ÖØ-Þ]?[a-zß-öø-ÿ]+")
_OF_PARSERS = """
begin bos close current end eos expected first keyword last line mask new next old open pad prev
previous sep special start stop text unk
"""
_KINDS = frozenset(_OF_PARSERS.split())


def is_called_secret(name: str) -> bool:
    """True for `wifi_pass`, `X-Api-Key` and `TOKENS`; False for `token_kind` and `low_pass`."""
    words = words_of(name)
    if len(words) > 1 and words[0] in _NOT_THERE:
        return False
    is_pass = last_word(words) == "pass" and len(words) > 1
    return not (is_pass and words[-2] in _PASSES) and _is_listed(words)


def is_called_key(name: str) -> bool:
    """True for `HOUSE_KEY`; False for `sort_key` and `key`. What is called so may be a secret."""
    words = words_of(name)
    return last_word(words) == "key" and len(words) > 1 and words[-2] not in _NO_SECRET_KEYS


def is_kind(name: str) -> bool:
    """Whether those who take texts to pieces call so what they get: `token`, `end_tokens`."""
    words = words_of(name)
    return last_word(words) == "token" and (len(words) == 1 or words[-2] in _KINDS)


def last_word(words: list[str]) -> str:
    """The last of them, as one of its kind; "" if there are none."""
    last = words[-1] if words else ""
    return last.removesuffix("s") if last not in _LAST else last


def _is_listed(words: list[str]) -> bool:
    last = last_word(words)
    return last in _LAST or " ".join((*words[-2:-1], last)) in _LAST_TWO


def words_of(name: str) -> list[str]:
    """Its words, without those at its end that say nothing."""
    words = [each for word in WORD.findall(name) for each in _parted(word.lower())]
    while words[-1:] and words[-1] in _SAY_NOTHING and _is_listed(words[:-1]):
        words.pop()
    return words


def _parted(word: str) -> list[str]:
    found = _GLUED.fullmatch(word)
    if found is None or word in _LAST:
        return [word]
    first, second, end = (each for each in found.groups() if each is not None)
    return [first, second + end]
