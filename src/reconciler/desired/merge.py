"""What several files, or several entries, say against each other."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.desired import format as checks
from reconciler.desired.documents import SECTIONS
from reconciler.desired.places import Places
from reconciler.desired.source import Source
from reconciler.desired.state import DesiredState
from reconciler.model.email import InvalidEmail, look_alike_key, normalize_email
from reconciler.model.finding import Finding, Location, Severity

_Place = tuple[str, int, str]
"""File, line and key as written."""


def merge_findings(sources: list[Source], places: Places) -> list[Finding]:
    """Keys that are stated twice (F04), emails that are the same after normalisation (R01),
    people who both stay and leave (F20), files of another organization (F20)."""
    found = list(_organizations(sources, places))
    for section in SECTIONS:
        if section in ("members", "departures"):
            found.extend(_twice_people(section, sources, places))
        else:
            found.extend(_twice(section, sources, places))
    found.extend(_twice("teams", sources, places))
    found.extend(_contradictions(sources, places))
    return found


def look_alikes(state: DesiredState, places: Places) -> list[Finding]:
    """Warnings about emails that a reader cannot tell apart (R01)."""
    emails = list(state.members)
    if not emails:
        return []
    # All at once: an address holds no line break, and folding never makes one.
    keys = look_alike_key("\n".join(emails)).split("\n")
    if len(set(keys)) == len(emails):
        return []
    first: dict[str, str] = {}
    found = []
    for key, email in zip(keys, emails, strict=True):
        other = first.setdefault(key, email)
        if other is not email:
            entry = state.members[normalize_email(email)]
            old = state.members[normalize_email(other)]
            there = places.find(state.files[old.file], old.line, "members", other)
            found.append(Finding(
                rule="R01", subject=email, severity=Severity.WARNING,
                what=f"{email} looks like {other} (at {there})",
                how="check that these are two people",
                location=places.find(state.files[entry.file], entry.line, "members", email)))
    return found


def _keys(section: str, sources: Iterable[Source]) -> Iterable[_Place]:
    for source in sources:
        box = source.parsed.document.get(section)
        if isinstance(box, (dict, list)):
            for key, line in source.parsed.lines.get(section, {}).items():
                yield source.name, line, key


def _twice(section: str, sources: list[Source], places: Places) -> Iterable[Finding]:
    noun = {"projects": "project", "team_spaces": "team space", "groups": "group",
            "teams": "team", "ignore_drift": "drift to ignore"}[section]
    first: dict[str, _Place] = {}
    for place in _keys(section, sources):
        file, line, key = place
        old = first.setdefault(key, place)
        if old is not place:
            there = places.find(old[0], old[1], section, key)
            yield checks.DUPLICATE_KEY.found(
                places.find(file, line, section, key),
                f"{noun} {key} is stated a second time (first at {there})", "keep one of them",
                subject=key)
    if section == "teams":
        yield from _repeated_items(sources, places)


def _repeated_items(sources: list[Source], places: Places) -> Iterable[Finding]:
    """A team that one list names twice: only its nodes know both places."""
    for source in sources:
        teams = source.parsed.document.get("teams")
        texts = [t for t in teams if isinstance(t, str)] if isinstance(teams, list) else []
        if len(set(texts)) == len(texts):
            continue
        file = places.file(source.name)
        root = file.whole() if file is not None else None
        box = root.get("teams") if root is not None else None
        first: dict[str, Location] = {}
        for item in box.items if box is not None else ():
            here = item.at(source.name)
            there = first.setdefault(item.text, here)
            if there is not here:
                yield checks.DUPLICATE_KEY.found(
                    here, f"team {item.text} is stated a second time (first at {there})",
                    "keep one of them", subject=item.text)


def _people(section: str, sources: list[Source]) -> Iterable[tuple[str, _Place]]:
    for place in _keys(section, sources):
        try:
            yield normalize_email(place[2]), place
        except InvalidEmail:
            continue


def _twice_people(section: str, sources: list[Source], places: Places) -> Iterable[Finding]:
    first: dict[str, _Place] = {}
    for email, place in _people(section, sources):
        file, line, key = place
        old = first.setdefault(email, place)
        if old is place:
            continue
        here = places.find(file, line, section, key)
        there = places.find(old[0], old[1], section, old[2])
        if old[2] == key:
            yield checks.DUPLICATE_KEY.found(
                here, f"{key} is stated a second time (first at {there})", "keep one of them",
                subject=email)
        else:
            yield Finding(
                rule="R01", subject=email, location=here, how="keep one of them",
                what=f"{key!r} and {old[2]!r} (at {there}) are the same email")


def _contradictions(sources: list[Source], places: Places) -> Iterable[Finding]:
    staying = dict(_people("members", sources))
    leaving = {normalize_email(key) for source in sources for key in source.leaving}
    for email, (file, line, key) in _people("departures", sources):
        # Somebody with an end may have a departure: it says where their content goes then.
        if email in staying and email not in leaving:
            other = staying[email]
            there = places.find(other[0], other[1], "members", other[2])
            yield checks.CONTRADICTION.found(
                places.find(file, line, "departures", key),
                f"{email} both leaves and is a member (at {there})",
                "take them out of members, or keep them and drop the departure", subject=email)


def _organizations(sources: list[Source], places: Places) -> Iterable[Finding]:
    stated = sources[0].parsed.document.get("organization") if sources else None
    for source in sources[1:]:
        other = source.parsed.document.get("organization", stated)
        if isinstance(other, str) and isinstance(stated, str) and other != stated:
            yield checks.CONTRADICTION.found(
                places.find(source.name, 0, "", "organization"),
                f"the file is of organization {other}, the root file of {stated}",
                "state one organization, in the root file")
