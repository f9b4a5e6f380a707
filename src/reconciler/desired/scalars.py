"""What YAML 1.1 reads a plain (unquoted) scalar as, the way PyYAML resolves it."""

from __future__ import annotations

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


_RESOLVERS: Final[dict[str, list[tuple[str, Any]]]] = yaml.SafeLoader.yaml_implicit_resolvers
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
