"""The way in: a path to a DesiredState, or every problem of its files at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from sys import intern
from typing import Any, Literal

from reconciler.desired import format as checks
from reconciler.desired.accounts import account_findings
from reconciler.desired.build import (
    Builder,
    content_transfer,
    departure,
    email_change,
    endings,
    ignored,
    manage,
    migration,
    named,
)
from reconciler.desired.documents import SECTIONS
from reconciler.desired.files import (
    POLICY_FILE,
    Root,
    digest_of,
    file_size,
    find_root,
    match_include,
    read_file,
)
from reconciler.desired.intents import intent_findings
from reconciler.desired.merge import look_alikes, merge_findings
from reconciler.desired.places import Places
from reconciler.desired.source import Source, parse_source
from reconciler.desired.spread import spread
from reconciler.desired.state import (
    ContentTransfer,
    Denial,
    DesiredAccount,
    DesiredState,
    EmailChange,
    Ending,
)
from reconciler.model.collecting import without_collection
from reconciler.model.email import Email, normalize_email
from reconciler.model.errors import InvalidInput, LimitExceeded, Refused, Unapproved, kind_of
from reconciler.model.finding import Finding, Location, errors, in_order


def load(path: str | Path) -> DesiredState:
    """The desired state of a file, or of a directory with org.yaml at its root.

    Raises InvalidInput where the format is wrong (F..), Refused where only rules are broken
    (R01), LimitExceeded for a state without any member (L01); each with all findings of all
    files. Warnings are in the state's findings. Whether names refer to something is judged
    later: `reconciler.desired.judge`.
    """
    with without_collection():
        return _load(find_root(path))


def refuse(findings: list[Finding]) -> None:
    """Raise what findings amount to: format problems first, then rules, then limits."""
    found = errors(findings)
    if not found:
        return
    everything = in_order(findings)
    count = f"{len(found)} problem{'' if len(found) == 1 else 's'}"
    kind = kind_of(found)
    if kind is InvalidInput:
        raise InvalidInput(f"{count} in the desired state", how="correct the files",
                           findings=everything)
    if kind is Refused:
        raise Refused(f"the desired state breaks rules: {count}", how="correct the files",
                      findings=everything)
    if kind is Unapproved:
        raise Unapproved("the policy requires approvals that nobody could give",
                         how="correct the files", findings=everything)
    raise LimitExceeded("the desired state would go beyond a limit", how="see the findings",
                        findings=everything)


def _load(root: Root) -> DesiredState:
    places = Places(root.directory)
    sources, findings = read_sources(root)
    for source in sources:
        findings.extend(source.findings)
    if not errors(findings):
        state = _build(root, sources)
        if state is not None:
            if not state.members:
                line = state.lines.get(("members", ""), (0, 0))[1]
                where = (places.find(root.name, line, "", "members") if line
                         else Location(root.name))
                refuse([Finding(
                    rule="L01", what="no member is declared: this would remove everybody",
                    how="declare the people who stay, at least one admin", location=where)])
            findings = [*intent_findings(state, places), *account_findings(state, places)]
            refuse(findings)
            return replace(state, findings=in_order([*findings, *look_alikes(state, places)]))
    findings.extend(merge_findings(sources, places))
    refuse(findings)
    raise AssertionError("a state that could not be built has findings")


def read_sources(root: Root) -> tuple[list[Source], list[Finding]]:
    """Root and included files, as far as they can be read, and what is wrong with the includes."""
    first, names, findings = find_sources(root)
    if first is None:
        return [], findings
    sources = [first]
    for read in spread(partial(_read, root), names, [file_size(root, name) for name in names]):
        if isinstance(read, Source):
            sources.append(read)
        else:
            findings.append(read)
    return sources, findings


def find_sources(root: Root) -> tuple[Source | None, list[str], list[Finding]]:
    """The root file, None where it cannot be read; the names of the files that it includes, and
    what is wrong with the includes."""
    findings: list[Finding] = []
    data = read_file(root.directory, root.name)
    if isinstance(data, Finding):
        return None, [], [data]
    source = parse_source(root.name, data, is_root=True)
    patterns = source.parsed.document.get("include", [])
    lines = source.parsed.lines.get("include", {})
    del data
    taken = {str((root.directory / root.name).resolve()): "the root file"}
    places = Places(root.directory)
    names: list[str] = []
    for pattern in patterns if isinstance(patterns, list) else ():
        if not isinstance(pattern, str):
            continue
        place = places.find(root.name, lines.get(pattern, 0), "include", pattern)
        found, problems = _included(root, pattern, taken, place)
        findings.extend(problems)
        names += found
    return source, names, findings


def _read(root: Root, name: str) -> Source | Finding:
    """An included file, or why it cannot be read."""
    content = read_file(root.directory, name)
    return content if isinstance(content, Finding) else parse_source(name, content, is_root=False)


def _included(
    root: Root, pattern: str, taken: dict[str, str], place: Location
) -> tuple[list[str], list[Finding]]:
    """The files of one pattern that are not taken yet; `taken` is filled."""
    matches = match_include(root, pattern)
    if matches.problem is not None:
        what, how = matches.problem
        return [], [checks.INCLUDE.found(place, what, how, subject=pattern)]
    names, findings = [], []
    for name in matches.names:
        if name == POLICY_FILE:
            if pattern == POLICY_FILE:
                findings.append(checks.INCLUDE.found(
                    place, f"include names {POLICY_FILE}, which is read as the policy",
                    "take it out of include", subject=pattern))
            continue
        # A link to a file that is included already would state everything twice.
        real = str((root.directory / name).resolve())
        if real in taken:
            findings.append(checks.INCLUDE.found(
                place, f"include {pattern} names {name} again (it is {taken[real]})",
                "name every file once", subject=pattern))
        else:
            taken[real] = f"included by {pattern}"
            names.append(name)
    return names, findings


def _build(root: Root, sources: list[Source]) -> DesiredState | None:
    """The state, or None where files contradict each other."""
    top = sources[0].parsed.document
    organization = top["organization"]
    settings: dict[str, Any] = dict(top.get("settings", {}))
    if "tier" in top:
        settings["tier"] = top["tier"]
    state = DesiredState(
        organization=organization, settings=settings, manage=manage(top.get("manage", {})),
        teams=tuple(t for s in sources for t in s.parsed.document.get("teams", ())),
        files=tuple(s.name for s in sources),
        digest=digest_of((s.name, s.digest) for s in sources),
        root=str(root.directory), lines=_lines(sources))
    state = replace(state, **_intents(sources))
    stated = {section: 0 for section in SECTIONS}
    builder = Builder(top.get("defaults", {}))
    for number, source in enumerate(sources):
        document = source.parsed.document
        if document.get("organization", organization) != organization:
            return None
        for section in SECTIONS:
            stated[section] += len(document.get(section, ()))
        _take(state, builder, number, source)
    tables: tuple[Any, ...] = (
        state.projects, state.spaces, state.groups, state.members, state.departures,
        state.ignored)
    if any(len(t) != n for t, n in zip(tables, stated.values(), strict=True)):
        return None
    if len(set(state.teams)) != len(state.teams):
        return None
    leaving = {e.key for e in state.endings if e.kind == "member"}
    both = state.members.keys() & state.departures.keys()
    return state if both <= leaving else None


def _intents(sources: list[Source]) -> dict[str, Any]:
    """What is to happen once, and what has an end; read before values are taken out."""
    ends: list[Ending] = []
    changes: list[EmailChange] = []
    transfers: list[ContentTransfer] = []
    denials: dict[Email, Denial] = {}
    for number, source in enumerate(sources):
        document, lines = source.parsed.document, source.parsed.lines
        sections: tuple[Literal["members", "groups"], ...] = ("members", "groups")
        for section in sections if source.has_ends else ():
            for key, value in document.get(section, {}).items():
                holder = normalize_email(key) if section == "members" else key
                ends.extend(endings(section, holder, value, number, lines[section][key]))
        for i, value in enumerate(document.get("email_changes", ())):
            changes.append(email_change(value, number, lines["email_changes"][str(i)], i))
        for i, value in enumerate(document.get("content_transfers", ())):
            line = lines["content_transfers"][str(i)]
            transfers.append(content_transfer(value, number, line, i))
        for email in document.get("access_requests", {}).get("deny", ()):
            denied = normalize_email(email)
            line = lines["access_requests"]["deny"]
            denials[denied] = Denial(email=denied, file=number, line=line)
    accounts = [
        DesiredAccount(service=service, name=name, email=normalize_email(key), file=number,
                line=source.parsed.lines["members"][key])
        for number, source in enumerate(sources) if source.has_accounts
        for key, value in source.parsed.document.get("members", {}).items()
        for service, name in ((value or {}).get("accounts") or {}).items()]
    top = sources[0].parsed
    return {
        "accounts": tuple(accounts),
        "endings": tuple(ends), "email_changes": tuple(changes), "transfers": tuple(transfers),
        "denials": denials,
        "migration": migration(top.document.get("domain_migration"),
                               top.top.get("domain_migration", 0)),
    }


def _take(state: DesiredState, builder: Builder, number: int, source: Source) -> None:
    """Add what one file declares. Values are taken out of it, to be freed as they are used."""
    document, lines = source.parsed.document, source.parsed.lines

    def entries(section: str) -> Any:
        taken = document.get(section, {})
        return ((k, taken.pop(k), line) for k, line in lines.get(section, {}).items())

    for key, value, line in entries("projects"):
        state.projects[intern(key)] = named(key, value, number, line)
    for key, value, line in entries("team_spaces"):
        state.spaces[intern(key)] = named(key, value, number, line)
    for key, value, line in entries("groups"):
        state.groups[intern(key)] = builder.group(key, value, number, line)
    for key, value, line in entries("ignore_drift"):
        state.ignored[key] = ignored(key, value, number, line)
    for key, value, line in entries("departures"):
        leaver = normalize_email(key)
        state.departures[leaver] = departure(leaver, value, number, line)
    members: dict[Email, Any] = state.members
    make = builder.member
    for key, value, line in entries("members"):
        email = normalize_email(key)
        members[email] = make(email, value, number, line)


def _lines(sources: list[Source]) -> dict[tuple[str, str], tuple[int, int]]:
    """Where the small things stand: settings, manage, defaults, teams, keys of the root."""
    places: dict[tuple[str, str], tuple[int, int]] = {}
    for number, source in enumerate(sources):
        for section, lines in source.parsed.lines.items():
            if section not in SECTIONS:
                for key, line in lines.items():
                    places.setdefault((section, key), (number, line))
    for key, line in sources[0].parsed.top.items():
        places[key, ""] = (0, line)
    return places
