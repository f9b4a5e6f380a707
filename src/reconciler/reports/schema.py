"""The published shape of a report as JSON, as pydantic models: for JSON Schema alone."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from reconciler.planning.plan import Risk
from reconciler.reports.document import FORMAT_VERSION, SIGNS
from reconciler.reports.view import KINDS, About, Status

SCHEMA_ID = "urn:reconciler:schema:report:v1"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SignName = Literal[tuple(SIGNS.values())]  # type: ignore[valid-type]
_RiskName = Literal[tuple(str(r) for r in Risk)]  # type: ignore[valid-type]
_KindName = Literal[tuple(noun for _, noun in KINDS.values())]  # type: ignore[valid-type]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class FactDocument(_Document):
    """A label and its value, as they are shown."""

    label: str
    value: str


class OverviewDocument(_Document):
    """The counts above the members list."""

    total: int = Field(ge=0)
    joined: int = Field(ge=0)
    pending: int = Field(ge=0)
    requesting: int = Field(ge=0)


class EffectDocument(_Document):
    """What a change does to access on one project."""

    project: str
    effect: str


class ChangeDocument(_Document):
    """One change in words. `cause` is pending, drift, conflict, expiry, consequence or one that a
    later version adds; `needs` says who may make it, where the actor may not."""

    sign: _SignName  # type: ignore[valid-type]
    text: str
    reason: str
    cause: str
    risk: _RiskName  # type: ignore[valid-type]
    place: str
    needs: str
    details: list[FactDocument]
    projects: list[EffectDocument]


class SubjectDocument(_Document):
    """All changes to one person, group, project, ..., in the order in which they run."""

    subject: str
    kind: _KindName  # type: ignore[valid-type]
    changes: list[ChangeDocument]


class SectionDocument(_Document):
    """Subjects under a heading; risky sections come first."""

    heading: str
    risky: bool
    subjects: list[SubjectDocument]


class LineDocument(_Document):
    """Something beside the changes, and where it is declared."""

    subject: str
    text: str
    place: str


class AsideDocument(_Document):
    """A list beside the changes: `waiting`, `intents`, `ends` (within 30 days), `unmanaged`, ..."""

    key: str
    heading: str
    lines: list[LineDocument]


class PlaceDocument(_Document):
    """A place in the desired state; lines and columns count from 1, 0 is unknown."""

    file: str
    line: int = Field(ge=0)
    column: int = Field(ge=0)


class FindingDocument(_Document):
    """What a rule, a format check or a limit has to say, and the way out."""

    rule: str
    severity: Literal["error", "warning"]
    subject: str
    what: str
    how: str
    location: PlaceDocument | None


class WhoDocument(_Document):
    """Who may make how many of the changes."""

    who: str
    changes: int


class ReasonDocument(_Document):
    """A reason that occurs, and what it means."""

    reason: str
    meaning: str


class ReportDocument(_Document):
    """A report of a plan, of what was applied, or of drift. `others` are changes that are shown
    and not made: for somebody else, or left alone. `overview` is null where no live store was
    asked. It is for reading: what can be applied is the saved plan."""

    format_version: Literal[FORMAT_VERSION]  # type: ignore[valid-type]
    report: Literal[tuple(str(a) for a in About)]  # type: ignore[valid-type]
    organization: str
    title: str
    status: Literal[tuple(str(s) for s in Status)]  # type: ignore[valid-type]
    conclusion: str
    scope: str
    facts: list[FactDocument]
    members: int = Field(ge=0)
    snapshot: str | None = Field(description=(
        "When the snapshot was taken (ISO 8601, UTC) that was read instead of the live store; "
        "null for the live store."))
    overview: OverviewDocument | None
    counts: dict[_SignName, int]  # type: ignore[valid-type]
    risks: dict[_RiskName, int]  # type: ignore[valid-type]
    causes: dict[str, int]
    sections: list[SectionDocument]
    others: list[SectionDocument]
    asides: list[AsideDocument]
    errors: list[FindingDocument]
    warnings: list[FindingDocument]
    losses: list[str]
    who_may: list[WhoDocument]
    reasons: list[ReasonDocument]
    next_step: str


def report_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a report."""
    made = TypeAdapter(ReportDocument).json_schema()
    return {"$schema": _DIALECT, "$id": SCHEMA_ID, **made, "title": "reconciler report"}
