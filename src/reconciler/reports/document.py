"""A report as a JSON document: published, with a version and a schema, apart from the view."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from reconciler.reports.describe import Sign
from reconciler.reports.escape import for_json
from reconciler.reports.findings import finding_json
from reconciler.reports.view import KINDS, Block, Row, Section, View, causes_of, risks_of

FORMAT_VERSION: Final = "1.0"
SIGNS: Final = {
    Sign.ADD: "add", Sign.CHANGE: "change", Sign.REMOVE: "remove", Sign.MOVE: "transfer"}
Json = dict[str, Any]


def to_json(view: View) -> str:
    """The document as text: the same view gives the same bytes."""
    return for_json(to_document(view)) + "\n"


def to_document(view: View) -> Json:
    """The document as plain values; its schema is `reports.schema`."""
    return {
        "format_version": FORMAT_VERSION,
        "report": str(view.about),
        "organization": view.organization,
        "title": view.title,
        "status": str(view.status),
        "conclusion": view.conclusion,
        "scope": view.scope,
        "facts": _facts(view.facts),
        "members": view.members,
        "snapshot": None if view.snapshot is None else view.snapshot.isoformat(),
        "overview": None if view.overview is None else asdict(view.overview),
        "counts": {SIGNS[sign]: number for sign, number in view.counts},
        "risks": {str(risk): number for risk, number in risks_of(view.rows)},
        "causes": dict(causes_of(view.rows)),
        "sections": [_section(section) for section in view.sections],
        "others": [_section(section) for section in view.others],
        "asides": [{
            "key": aside.key, "heading": aside.heading,
            "lines": [{"subject": line.subject, "text": line.text, "place": line.place}
                      for line in aside.lines],
        } for aside in view.asides],
        "errors": [finding_json(f) for f in view.errors],
        "warnings": [finding_json(f) for f in view.warnings],
        "losses": list(view.losses),
        "who_may": [{"who": who, "changes": number} for who, number in view.who_may],
        "reasons": [{"reason": reason, "meaning": meaning} for reason, meaning in view.reasons],
        "next_step": view.next_step,
    }


def _section(section: Section) -> Json:
    return {"heading": section.heading, "risky": section.risky,
            "subjects": [_block(block) for block in section.blocks]}


def _block(block: Block) -> Json:
    return {"subject": block.subject, "kind": KINDS[block.kind][1],
            "changes": [_row(row) for row in block.rows]}


def _row(row: Row) -> Json:
    return {
        "sign": SIGNS[row.sign],
        "text": row.text,
        "reason": row.why,
        "cause": row.cause,
        "risk": str(row.risk),
        "place": row.place,
        "needs": row.who,
        "details": _facts(row.details),
        "projects": [{"project": e.project, "effect": e.text} for e in row.effects],
    }


def _facts(facts: Any) -> list[Json]:
    return [{"label": label, "value": value} for label, value in facts]
