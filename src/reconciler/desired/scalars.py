"""What a plain (unquoted) scalar is read as: the way PyYAML resolves YAML 1.1, and what other
readers of the same file make of it (`y` is a boolean of YAML 1.1, `1e3` a number of YAML 1.2)."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

Plain = str | bool | None


class Misread:
    """A plain scalar that is neither text, boolean nor null: no field of the format takes it."""

    __slots__ = ("kind", "text")

    def __init__(self, text: str, kind: str) -> None:
        self.text = text
        self.kind = kind

    @property
    def is_day(self) -> bool:
        """Whether it is a date, which is what `until` takes."""
        return self.kind == "a date"

    def __repr__(self) -> str:
        return f"Misread({self.text!r}, {self.kind!r})"


_OTHERS_READ: Final = (
    ("yYnN", "boolean", re.compile(r"[yYnN]\Z")),
    ("+-.0123456789", "number", re.compile(
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+|0o[0-7]+)\Z")),
)
"""What PyYAML takes for text and others do not: first characters, what it is read as, pattern."""


def _resolvers() -> dict[str, list[tuple[str, Any]]]:
    """(tag, pattern) by the first character: PyYAML's own, then what others read."""
    made = {first: list(known)
            for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    for characters, kind, pattern in _OTHERS_READ:
        for first in characters:
            made.setdefault(first, []).append((kind, pattern))
    return made


_RESOLVERS: Final = _resolvers()
_TRUE: Final = frozenset({"yes", "true", "on"})
_KINDS: Final = {
    "int": "a number", "float": "a number", "timestamp": "a date", "merge": "a merge key",
    "value": "a default value",
}


def resolve_plain(text: str) -> Plain | Misread:
    """The value of an unquoted scalar: text, boolean, null, or what it is misread as."""
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            match tag.rpartition(":")[2]:
                case "bool":
                    return text.lower() in _TRUE
                case "null":
                    return None
                case kind:
                    return Misread(text, _KINDS.get(kind, f"a {kind}"))
    return text


def reads_as(value: Plain | Misread) -> str:
    """In words, what YAML made of a scalar."""
    match value:
        case None:
            return "null"
        case bool():
            return "the boolean true" if value else "the boolean false"
        case Misread():
            return value.kind
        case _:
            return "text"
