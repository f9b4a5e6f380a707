"""Findings: what a check has to say, as a value (never as printed text)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace


class Severity(enum.StrEnum):
    """How much a finding weighs: an error refuses, a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file of the desired state; line and column count from 1, 0 is unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}{f':{self.column}' if self.column else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One violation or warning.

    `rule` is the id of a rule (R..), a format check (F..) or a limit (L..); `what` says what is
    wrong, `how` the way out. `waits_for` names the person whose joining, or login, resolves it: a
    plan then waits instead of refusing (domain.md section 7).
    """

    rule: str
    what: str
    how: str
    subject: str = ""
    severity: Severity = Severity.ERROR
    location: Location | None = None
    waits_for: str | None = None

    def at(self, location: Location | None) -> Finding:
        """The same finding with a place."""
        return replace(self, location=location)

    def within(self, folder: str) -> Finding:
        """The same finding with its file in a folder: `folder` ends in a slash, or is nothing."""
        place = self.location
        if place is None or not folder:
            return self
        return self.at(replace(place, file=folder + place.file))

    def sort_key(self) -> tuple[object, ...]:
        """By place, then rule, then subject: the order in which findings are shown."""
        place = self.location
        where = (1, "", 0, 0) if place is None else (0, place.file, place.line, place.column)
        return (*where, self.rule, self.subject, self.what)

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        mark = "warning: " if self.severity is Severity.WARNING else ""
        how = f" ({self.how})" if self.how else ""
        return f"{place}{self.rule} {mark}{self.what}{how}"


def errors(findings: list[Finding] | tuple[Finding, ...]) -> list[Finding]:
    """Those that refuse."""
    return [f for f in findings if f.severity is Severity.ERROR]


def in_order(findings: list[Finding] | tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Sorted, and each said once."""
    return tuple(sorted(dict.fromkeys(findings), key=Finding.sort_key))
