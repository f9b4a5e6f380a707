"""Who approved a plan, what is missing and who could give it: as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from reconciler.applying.approvals import Coverage, how_to_complete, left
from reconciler.model.email import Email
from reconciler.planning.plan import Change, Plan
from reconciler.reports.describe import describe
from reconciler.reports.done import subject_text
from reconciler.reports.escape import for_markdown, for_terminal
from reconciler.reports.paint import Paint, Tone
from reconciler.reports.words import counted

SHOWN: Final = 50
"""How many missing changes a text names before it counts the rest."""
_GROUPS: Final = 6
_FEW: Final = 3
"""Changes that are named with who may approve them."""
_LONGEST: Final = 2_000


def approvals_lines(plan: Plan, covers: Coverage, paint: Paint) -> Iterator[str]:
    """The lines of a terminal."""
    yield paint(for_terminal(_title(plan, covers)), Tone.HEADING)
    for email, count in _counts(covers):
        yield f"  {paint('+', Tone.ADD)} {for_terminal(f'{email}  approves {count}')}"
    for email, why in sorted(covers.objections.items()):
        yield f"  {paint('!', Tone.RISK)} {for_terminal(f'{email}  does not count: {why}')}"
    if covers.missing:
        yield ""
        yield paint(f"Missing ({len(covers.missing):,})", Tone.HEADING)
        yield from (f"  {for_terminal(_missing(m.change))}  "
                    f"{paint(for_terminal(f'[{m.finding.how}]'), Tone.QUIET)}"
                    for m in covers.missing[:SHOWN])
        if len(covers.missing) > SHOWN:
            yield f"  and {len(covers.missing) - SHOWN:,} more"
    yield ""
    yield for_terminal(_conclusion(plan, covers))


def verdict_markdown(plan: Plan, covers: Coverage, *, way: str) -> str:
    """What comes of it in one line, as Markdown; `way` is whom to ask."""
    if not covers.required:
        return f"No approval is required of {counted(len(plan.changes), 'change')}."
    if not covers.missing:
        return "Approved: every change is."
    said = f"Not approved: {left(covers, plan)}{f'; {way}' if way else ''}."
    return for_markdown(said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…")


def approvals_markdown(plan: Plan, covers: Coverage) -> str:
    """Who approved, and who may approve what is missing, within a comment on a pull request."""
    lines = [f"**{for_markdown(_title(plan, covers))}**", ""]
    lines += [f"- {for_markdown(email)} approves {count}" for email, count in _counts(covers)]
    lines += [f"- {for_markdown(email)} does not count: {for_markdown(why)}"
              for email, why in sorted(covers.objections.items())]
    if covers.required:
        lines += [_group(who, changes) for who, changes in _by_who_may(covers)]
    return "\n".join(lines).strip() + "\n"


def whom_to_ask(covers: Coverage, logins: Mapping[Email, str]) -> str:
    """Whom to ask, in words, each with their login where that is known."""
    return how_to_complete(
        covers, lambda e: f"{e} ({logins[e]})" if e in logins else str(e))


def approvals_document(plan: Plan, covers: Coverage) -> dict[str, Any]:
    """The same for a program."""
    return {
        "organization": plan.organization,
        "plan": plan.digest,
        "required": covers.required,
        "sufficient": covers.sufficient,
        "actor": covers.actor,
        "author": covers.author,
        "covered": [{"change": key, "approvers": list(people)}
                    for key, people in covers.covered.items()],
        "missing": [{"change": m.change.key, "who_may": m.change.who_may, "what": m.finding.what,
                     "how": m.finding.how} for m in covers.missing],
        "objections": dict(sorted(covers.objections.items())),
        "ask": list(covers.ask),
        "instead": list(covers.instead),
        "nobody": [c.key for c in covers.nobody],
    }


def _by_who_may(covers: Coverage) -> list[tuple[str, list[Change]]]:
    """The missing changes by who may approve them, most first."""
    groups: dict[str, list[Change]] = {}
    for missing in covers.missing:
        groups.setdefault(missing.change.who_may, []).append(missing.change)
    return sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))


def _group(who: str, changes: list[Change]) -> str:
    """A line on what the same people may approve: a few changes are named, for the plan has all."""
    named = "; ".join(_missing(c) for c in changes) if len(changes) <= _FEW else ""
    beside = f": {for_markdown(named)}" if named else ""
    return (f"- missing: {counted(len(changes), 'change')} that {for_markdown(who)} may approve"
            f"{beside}")


def _title(plan: Plan, covers: Coverage) -> str:
    by = f", proposed by {covers.author}" if covers.author else ""
    return (f"Approvals of the plan for {plan.organization}: "
            f"{counted(len(plan.changes), 'change')}{by}")


def _counts(covers: Coverage) -> Iterable[tuple[Email, str]]:
    approvers = covers.covered.values()
    return [(e, counted(sum(e in people for people in approvers), "change"))
            for e in covers.counted]


def _missing(change: Change) -> str:
    sign, text = describe(change.operation, change.before, change.after, most=_GROUPS)
    return f"{sign} {subject_text(change.operation.subject)}  {text}"


def _conclusion(plan: Plan, covers: Coverage) -> str:
    if not plan.changes:
        return "Nothing is to be approved: the plan has no changes."
    if not covers.missing:
        return "Approved: every change is."
    lacks = left(covers, plan)
    if not covers.required:
        whose = f", as {covers.actor} runs it" if covers.actor else ""
        return f"Not required by the policy{whose}: {lacks}."
    way = how_to_complete(covers)
    return f"Not approved: {lacks}{f'; {way}' if way else ''}."
