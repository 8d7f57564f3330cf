"""How those who read the files make a command of what is written there."""

from __future__ import annotations

import re

_ESCAPES = {"\\": "\\", '"': '"'}


def of_compose(text: str) -> str:
    """Compose's interpolation (its specification, "Interpolation"), of what has no variable."""
    assert re.fullmatch(r"(?:[^$]|\$\$)*", text, re.DOTALL), "a variable of Compose's"
    return text.replace("$$", "$")


def of_kubernetes(text: str) -> str:
    """Kubernetes' expansion of `command`: `$$` is a `$`, and `$(` begins a variable."""
    assert not re.search(r"(?<!\$)(?:\$\$)*\$\(", text), "a variable of Kubernetes'"
    return text.replace("$$", "$")


def of_systemd(line: str) -> list[str]:
    """The words of an ExecStart: systemd.syntax(7), systemd.unit(5) on `%`, systemd.service(5)."""
    words, at = list[str](), 0
    while at < len(line):
        if line[at] == " ":
            at += 1
            continue
        word, at = _word(line, at)
        assert re.fullmatch(r"(?:[^%]|%%)*", word, re.DOTALL), "a specifier of systemd's"
        assert re.fullmatch(r"(?:[^$]|\$\$)*", word, re.DOTALL), "a variable of systemd's"
        words.append(word.replace("%%", "%").replace("$$", "$"))
    return words


def env_of_compose(text: str) -> str:
    """A value of `.env`: Docker's "Syntax for environment files"."""
    if text[:1] == "'":
        found = re.fullmatch(r"'((?:[^'\\]|\\.)*)'", text)
        assert found, "no end of a quote"
        return found[1].replace("\\'", "'")
    assert not re.search(r"[$\"`\\]|\s#", text), "Compose makes something of it"
    return text.strip()


def env_of_systemd(text: str) -> str:
    """A value of an EnvironmentFile: systemd.exec(5)."""
    if text[:1] == "'":
        found = re.fullmatch(r"'([^']*)'", text)
        assert found, "no end of a quote"
        return found[1]
    assert "\\" not in text, "an escape of systemd's"
    return text.strip()


def env_of_foreman(text: str) -> str:
    """A value of `.env`, as foreman's `env.rb` takes it."""
    if found := re.fullmatch(r"'(.*)'", text):
        return found[1]
    assert text[:1] != '"', "an escape of foreman's"
    return text


def _word(line: str, at: int) -> tuple[str, int]:
    quote = line[at] if line[at] == '"' else ""
    at += len(quote)
    word = ""
    while at < len(line) and line[at] != (quote or " "):
        if line[at] != "\\":
            word, at = word + line[at], at + 1
        elif found := re.compile(r"u[0-9a-f]{4}").match(line, at + 1):
            word, at = word + chr(int(found[0][1:], 16)), found.end()
        else:
            word, at = word + _ESCAPES[line[at + 1]], at + 2
    return word, at + len(quote)
