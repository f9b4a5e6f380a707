"""The saved plan: a published JSON document with a version and a digest (architecture.md, A plan).

The digest is a SHA-256 over the canonical JSON of everything but itself and `expires_on`, which is
the only value that comes from the clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from importlib.metadata import version
from typing import Any, Final

from reconciler.live.ports import Carried
from reconciler.model.canonical import canonical
from reconciler.model.elements import Aspect, Element, Trace
from reconciler.model.errors import InvalidInput, Stale
from reconciler.model.finding import Finding, Location, Severity
from reconciler.planning.operations_json import from_document, to_document
from reconciler.planning.plan import (
    Cause,
    Change,
    Intent,
    Losses,
    Note,
    Plan,
    Reason,
    Risk,
    Waiting,
)

FORMAT_VERSION: Final = "1.0"
MAX_PLAN_BYTES: Final = 512 * 1024 * 1024
_UNDIGESTED: Final = frozenset({"digest", "expires_on"})
Json = dict[str, Any]


def to_json(plan: Plan) -> str:
    """The document as text: the same plan gives the same bytes."""
    return json.dumps(_document(plan), indent=1, ensure_ascii=False, default=list) + "\n"


def from_json(text: str) -> Plan:
    """The plan of a document.

    Raises InvalidInput for what is no plan or of a format that this version does not know, and
    Stale for a plan whose content does not fit its digest.
    """
    try:
        document = json.loads(text, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as wrong:
        raise InvalidInput(f"this is no plan: {wrong}", how="write one with reconciler plan "
                           "PATH --out FILE") from None
    if not isinstance(document, dict) or "format_version" not in document:
        raise InvalidInput("this is no plan: it has no format_version",
                           how="write one with reconciler plan PATH --out FILE")
    if document["format_version"] != FORMAT_VERSION:
        raise InvalidInput(f"the plan has the format {document['format_version']!r}, and this "
                           f"version knows {FORMAT_VERSION}",
                           how="plan again with the version that applies")
    try:
        digest = _digest(document)
    except TypeError as wrong:
        raise InvalidInput(f"this is no valid plan: {wrong}",
                           how="plan again and apply that plan") from None
    if document.get("digest") != digest:
        raise Stale("the plan was altered: its content does not fit its digest",
                    how="plan again and apply that plan")
    _validate(document)
    try:
        return _plan(document)
    except (KeyError, TypeError, ValueError) as wrong:
        raise InvalidInput(f"this is no valid plan: {wrong}", how="plan again") from None


def digest_of(plan: Plan) -> str:
    """The digest that a plan must carry."""
    return _digest(_document(plan))


def plan_schema() -> Json:
    """The JSON Schema of the document."""
    from reconciler.planning.schema import schema

    return schema()


def _validate(document: Json) -> None:
    from pydantic import ValidationError

    from reconciler.planning.schema import validate

    try:
        validate(document)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"this is no valid plan: {where}: {first['msg']}",
                           how="plan again and apply that plan") from None


def _digest(document: Json) -> str:
    hashing = hashlib.sha256()
    for piece in _canonical_pieces(document):
        if b"\\u0000" in piece:
            raise InvalidInput("this is no plan: it holds a NUL character",
                               how="plan again and apply that plan")
        hashing.update(piece)
    return "sha256:" + hashing.hexdigest()


def _canonical_pieces(document: Json) -> Iterator[bytes]:
    """What is digested, as canonical JSON. Lists come item by item: they are nearly all of a
    plan, and as one text would be the largest value of a whole run."""
    before = b"{"
    for key in sorted(document.keys() - _UNDIGESTED):
        yield before + canonical(key) + b":"
        before = b","
        value = document[key]
        if not isinstance(value, (list, Iterator)):
            yield canonical(value)
            continue
        yield b"["
        separator = b""
        for item in value:
            yield separator + canonical(item)
            separator = b","
        yield b"]"
    yield b"}"


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _document(plan: Plan) -> Json:
    """The document; its long lists are iterators, read once."""
    return {
        "format_version": FORMAT_VERSION,
        "tool_version": version("reconciler"),
        "organization": plan.organization,
        "actor": plan.actor,
        "commit": plan.commit,
        "desired_digest": plan.desired_digest,
        "policy_digest": plan.policy_digest,
        "rules_digest": plan.rules_digest,
        "observed_sequence": plan.observed_sequence,
        "members_observed": plan.members_observed,
        "applyable": plan.applyable,
        "permitted_only": plan.permitted_only,
        "only": [str(c) for c in plan.only],
        "changes": map(_change_document, plan.changes),
        "waiting": map(_waiting_document, plan.waiting),
        "intents": [_intent_document(i) for i in plan.intents],
        "notes": [{"code": n.code, "subject": n.subject, "text": n.text,
                   "source": _place(n.source)} for n in plan.notes],
        "findings": [_finding_document(f) for f in plan.findings],
        "losses": {name: getattr(plan.losses, name) for name in Losses.__slots__},
        "not_permitted": list(plan.not_permitted),
        "left_out": [_change_document(c) for c in plan.left_out],
        "left_alone": [_change_document(c) for c in plan.left_alone],
        "carried": [{"subject": e.subject, "aspect": str(e.aspect), "target": e.target,
                     "value": value} for e, value in plan.carried],
        # Said only where it is so: plans of the live store are what they were before there were
        # snapshots, digest and all.
        **({} if plan.snapshot is None else {"snapshot": plan.snapshot.isoformat()}),
        "expires_on": plan.expires_on.isoformat(),
        "digest": plan.digest,
    }


def _change_document(change: Change) -> Json:
    return {
        "key": change.key,
        "operation": to_document(change.operation),
        "reason": str(change.reason),
        "cause": str(change.cause),
        "risk": str(change.risk),
        "before": change.before,
        "after": change.after,
        "who_may": change.who_may,
        "permitted": change.permitted,
        "reversible": change.reversible,
        "depends_on": list(change.depends_on),
        "source": _place(change.source),
        "moved": _trace_document(change.moved),
    }


def _trace_document(trace: Trace | None) -> Json | None:
    if trace is None:
        return None
    return {"by": trace.by, "at": trace.at.isoformat(), "how": trace.how,
            "sequence": trace.sequence, "run": trace.run}


def _waiting_document(waiting: Waiting) -> Json:
    return {
        "key": waiting.key,
        "operation": to_document(waiting.operation),
        "reason": str(waiting.reason),
        "waits_for": waiting.waits_for,
        "why": waiting.why,
        "since": _day(waiting.since),
        "source": _place(waiting.source),
    }


def _intent_document(intent: Intent) -> Json:
    return {
        "kind": intent.kind,
        "subject": intent.subject,
        "target": intent.target,
        "step": intent.step,
        "steps": intent.steps,
        "doing": intent.doing,
        "since": _day(intent.since),
        "source": _place(intent.source),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _read_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _read_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _finding_document(finding: Finding) -> Json:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "subject": finding.subject,
        "what": finding.what,
        "how": finding.how,
        "location": _place(finding.location),
    }


def _place(location: Location | None) -> Json | None:
    if location is None:
        return None
    return {"file": location.file, "line": location.line, "column": location.column}


def _plan(document: Json) -> Plan:
    return Plan(
        organization=document["organization"],
        actor=document["actor"],
        commit=document["commit"],
        desired_digest=document["desired_digest"],
        rules_digest=document["rules_digest"],
        policy_digest=document["policy_digest"],
        observed_sequence=document["observed_sequence"],
        members_observed=document["members_observed"],
        changes=tuple(_change(c) for c in document["changes"]),
        waiting=tuple(_waiting(w) for w in document["waiting"]),
        intents=tuple(_intent(i) for i in document["intents"]),
        notes=tuple(Note(code=n["code"], subject=n["subject"], text=n["text"],
                         source=_location(n["source"])) for n in document["notes"]),
        findings=tuple(_finding(f) for f in document["findings"]),
        losses=Losses(**document["losses"]),
        not_permitted=tuple(document["not_permitted"]),
        left_out=tuple(_change(c) for c in document["left_out"]),
        left_alone=tuple(_change(c) for c in document["left_alone"]),
        carried=tuple(
            Carried(Element(c["subject"], Aspect(c["aspect"]), c["target"]), c["value"])
            for c in document["carried"]),
        permitted_only=document["permitted_only"],
        only=tuple(Cause(c) for c in document["only"]),
        snapshot=_read_moment(document.get("snapshot")),
        expires_on=date.fromisoformat(document["expires_on"]),
        digest=document["digest"],
    )


def _change(document: Json) -> Change:
    return Change(
        key=document["key"],
        operation=from_document(document["operation"]),
        reason=Reason(document["reason"]),
        cause=Cause(document["cause"]),
        risk=Risk(document["risk"]),
        before=document["before"],
        after=document["after"],
        who_may=document["who_may"],
        permitted=document["permitted"],
        reversible=document["reversible"],
        depends_on=tuple(document["depends_on"]),
        source=_location(document["source"]),
        moved=_trace(document["moved"]),
    )


def _trace(document: Json | None) -> Trace | None:
    if document is None:
        return None
    return Trace(by=document["by"], at=datetime.fromisoformat(document["at"]),
                 how=document["how"], sequence=document["sequence"], run=document["run"])


def _waiting(document: Json) -> Waiting:
    return Waiting(
        key=document["key"],
        operation=from_document(document["operation"]),
        reason=Reason(document["reason"]),
        waits_for=document["waits_for"],
        why=document["why"],
        since=_read_day(document["since"]),
        source=_location(document["source"]),
    )


def _intent(document: Json) -> Intent:
    return Intent(
        kind=document["kind"],
        subject=document["subject"],
        target=document["target"],
        step=document["step"],
        steps=document["steps"],
        doing=document["doing"],
        since=_read_day(document["since"]),
        source=_location(document["source"]),
    )


def _finding(document: Json) -> Finding:
    return Finding(
        rule=document["rule"],
        severity=Severity(document["severity"]),
        subject=document["subject"],
        what=document["what"],
        how=document["how"],
        location=_location(document["location"]),
    )


def _location(document: Json | None) -> Location | None:
    if document is None:
        return None
    return Location(document["file"], document["line"], document["column"])
