"""Annotations: findings that GitHub shows at their line of a pull request.

A run says them in its log, as lines that the runner reads (`::error file=...::text`). Of one type
it keeps ten of a step and drops the rest without a word, so that the tenth here counts the rest.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from reconciler.gitops.github.limits import ANNOTATIONS

_LONGEST: Final = 4_000
"""Characters of one annotation: more is nothing that anybody reads at a line."""


class Level(enum.StrEnum):
    """The types there are; the order in which they are said."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One thing to say; `file` is relative to the root of the repository, lines and columns count
    from 1, and 0 is unknown. Texts are in one line, with what is invisible made visible."""

    level: Level
    title: str
    text: str
    file: str = ""
    line: int = 0
    column: int = 0


def lines(annotations: Iterable[Annotation]) -> Iterator[str]:
    """The lines to write into the log, at most ten of each level."""
    order = list(Level)
    for level, group in groupby(
        sorted(annotations, key=lambda a: order.index(a.level)), key=lambda a: a.level
    ):
        some = list(group)
        if len(some) > ANNOTATIONS:
            more = len(some) - ANNOTATIONS + 1
            some[ANNOTATIONS - 1:] = [Annotation(
                level=level, title=f"and {more:,} more",
                text=f"{more:,} more are in the log and in the summary of this run")]
        yield from map(line, some)


def line(annotation: Annotation) -> str:
    """One annotation as the line that the runner reads."""
    where = []
    if annotation.file:
        where.append(f"file={in_property(annotation.file)}")
        if annotation.line:
            where.append(f"line={annotation.line}")
            if annotation.column:
                where.append(f"col={annotation.column}")
    where.append(f"title={in_property(annotation.title)}")
    text = annotation.text
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST - 1]}…"
    return f"::{annotation.level} {','.join(where)}::{in_text(text)}"


def in_text(text: str) -> str:
    """A text after the second `::` of a command: whatever it holds, it is no line of its own."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def in_property(text: str) -> str:
    """A text as the value of a property of a command, which a comma or a colon would end."""
    return in_text(text).replace(":", "%3A").replace(",", "%2C")
