"""Findings as text and as JSON values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.model.finding import Finding, Severity
from reconciler.reports.escape import for_terminal
from reconciler.reports.paint import Paint, Tone, plain
from reconciler.reports.words import counted


def finding_line(finding: Finding, paint: Paint = plain) -> str:
    """`file:line:column: RULE error: what (how)`, in one line."""
    place = f"{for_terminal(str(finding.location))}: " if finding.location else ""
    tone = Tone.ERROR if finding.severity is Severity.ERROR else Tone.WARNING
    mark = "" if finding.severity is Severity.ERROR else " warning:"
    how = f" ({for_terminal(finding.how)})" if finding.how else ""
    return f"{place}{paint(finding.rule + mark, tone)} {for_terminal(finding.what)}{how}"


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as plain values."""
    place = finding.location
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "subject": finding.subject,
        "what": finding.what,
        "how": finding.how,
        "location": None if place is None else
        {"file": place.file, "line": place.line, "column": place.column},
    }


def tally(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 warning`, or `no problems`."""
    severities = [f.severity for f in findings]
    parts = [
        counted(severities.count(severity), str(severity))
        for severity in Severity if severity in severities
    ]
    return ", ".join(parts) or "no problems"
