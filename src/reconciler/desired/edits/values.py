"""Values as YAML: on one line, as lines, or in the quotes of what they replace."""

from __future__ import annotations

import re
from typing import Any, Final

from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.spots import Spot
from reconciler.desired.emit import quoted, scalar

WIDTH: Final = 100
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def flow(value: Any) -> str:
    """A value on one line, in braces and brackets."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            fields = (f"{scalar(key)}: {field_value(key, of)}" for key, of in value.items())
            return "{" + ", ".join(fields) + "}"
        case list():
            return "[" + ", ".join(flow(item) for item in value) + "]"
        case _:
            return scalar(str(value))


def field_value(key: str, value: Any) -> str:
    """The value of a field, on one line."""
    # A day is written without quotes, as everywhere else in the format.
    if key == "until" and isinstance(value, str) and _DAY.fullmatch(value):
        return value
    return flow(value)


def block(indent: str, step: str, key: str, value: Any, *, short: bool = False) -> str:
    """`key: value` as lines; `short` has a mapping in braces where that fits."""
    head = f"{indent}{scalar(key)}:"
    line = f"{head} {field_value(key, value)}"
    if not isinstance(value, dict) or not value or (short and len(line) <= WIDTH):
        if isinstance(value, list) and len(line) > WIDTH:
            return "\n".join([head, *(f"{indent}{step}- {flow(item)}" for item in value)])
        return line
    return "\n".join([head, *(block(indent + step, step, inner, of, short=inner == "projects")
                              for inner, of in value.items())])


def restyled(file: FileText, spot: Spot, text: str) -> str:
    """A text in the quotes of the scalar that it replaces."""
    match spot.style:
        case '"':
            return quoted(text)
        case "'" if text.isprintable():
            return "'" + text.replace("'", "''") + "'"
        case "":
            return scalar(text)
        case _:
            raise file.by_hand(f"the text at line {file.place(spot.start).line}")


def replace_scalar(file: FileText, spot: Spot, text: str) -> None:
    """Another text in the place of a scalar, in the same quotes."""
    if spot.shared or spot.kind != "scalar":
        raise file.by_hand(f"the value at {file.place(spot.start)}")
    file.replace(spot.start, spot.end, restyled(file, spot, text))
