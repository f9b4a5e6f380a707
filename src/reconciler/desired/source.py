"""One file: from bytes to plain values that are well formed, or to everything wrong with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from reconciler.desired import format as checks
from reconciler.desired.documents import LISTS, ROOT_ONLY
from reconciler.desired.explain import explain
from reconciler.desired.nodes import Node, read_nodes
from reconciler.desired.shape import shape_problem
from reconciler.desired.stream import UNTIL, Parsed, Suspicious, parse_fast
from reconciler.model.day import as_day
from reconciler.model.email import InvalidEmail, hidden_character, normalize_email
from reconciler.model.finding import Finding, Location
from reconciler.model.organization import MAX_ID, MAX_TEXT

_NUL = re.compile(rb"\\(?:0|x00|u0000|U00000000)")
"""How a text in double quotes can say the character that no store takes."""
_NAMED = ("projects", "team_spaces", "groups")
_PEOPLE = ("members", "departures")
UNASSIGNED = "unassigned"
"""Stands for nobody where the owner of content is named."""


@dataclass(slots=True)
class Source:
    """One file of the desired state. With findings, its document may be in part only, and its
    `lines` hold the keys that could be read. `has_ends` is false where no `until` stands in it,
    `has_accounts` where no `accounts` does; `leaving` are the members with an end, by key."""

    name: str
    parsed: Parsed = field(default_factory=Parsed)
    findings: list[Finding] = field(default_factory=list)
    digest: str = ""
    has_ends: bool = True
    has_accounts: bool = True
    leaving: frozenset[str] = frozenset()


def parse_source(name: str, data: bytes, *, is_root: bool) -> Source:
    """Parse and validate one file. Never raises: what is wrong is in the findings."""
    source = Source(name, digest=hashlib.sha256(data).hexdigest())
    try:
        if b"\t" in data or (b"\\" in data and _NUL.search(data)):
            raise Suspicious("tab or NUL")
        source.parsed = parse_fast(data)
        source.has_ends = UNTIL.encode() in data
        source.has_accounts = b"accounts" in data
        if _well_formed(source.parsed.document, is_root, source.has_ends):
            source.leaving = _leaving(source)
            return source
    except Suspicious:
        pass
    source.parsed = Parsed()
    _explain(source, data, is_root)
    source.leaving = _leaving(source)
    return source


def _leaving(source: Source) -> frozenset[str]:
    members = source.parsed.document.get("members") if source.has_ends else None
    if not isinstance(members, dict):
        return frozenset()
    return frozenset(k for k, v in members.items() if isinstance(v, dict) and UNTIL in v)


def _well_formed(document: dict[str, Any], is_root: bool, has_ends: bool) -> bool:
    if is_root:
        if "organization" not in document:
            return False
    elif not document.keys().isdisjoint(ROOT_ONLY[1:]):
        return False
    return (shape_problem(document) is None and _names_fine(_names(document))
            and _emails_fine(_emails(document)) and (not has_ends or _ends_fine(document)))


def _explain(source: Source, data: bytes, is_root: bool) -> None:
    """Read again with positions; where nothing is wrong after all (an alias, say), take that."""
    reading = read_nodes(source.name, data)
    source.findings = reading.findings
    source.parsed = Parsed()
    root = reading.root
    if root is None:
        return
    source.findings += explain(source.name, root, is_root=is_root)
    source.findings += _name_findings(source.name, root)
    source.findings += _email_findings(source.name, root)
    source.parsed = _parsed(root)
    if not source.findings:
        _last_word(source)


def _last_word(source: Source) -> None:
    """What the explanations do not know, pydantic still refuses."""
    wrong = shape_problem(source.parsed.document)
    if wrong is None:
        return
    for error in wrong.errors(include_url=False, include_input=False):
        where = ".".join(map(str, error["loc"]))
        source.findings.append(checks.WRONG_TYPE.found(
            Location(source.name), f"{where}: {error['msg']}", "compare with the schema"))


def _parsed(root: Node) -> Parsed:
    parsed = Parsed()
    if root.kind != "mapping":
        return parsed
    parsed.document = root.plain()
    for section, (top, value) in root.pairs.items():
        parsed.top[section] = top.line
        if value.kind == "mapping":
            parsed.lines[section] = {k: key.line for k, (key, _) in value.pairs.items()}
        elif value.kind == "list":
            parsed.lines[section] = {
                i.text if i.kind == "scalar" else str(number): i.line
                for number, i in enumerate(value.items)}
    return parsed


# --- names ------------------------------------------------------------------------------------


def _names(document: dict[str, Any]) -> Iterable[str]:
    """All texts of a well-formed document that are names."""
    yield from document.get("teams", ())
    if "organization" in document:
        yield document["organization"]
    if "name" in document.get("settings", ()):
        yield document["settings"]["name"]
    for section in _NAMED:
        entries = document.get(section) or {}
        yield from entries
        if section != "groups":
            yield from (e["name"] for e in entries.values() if e and "name" in e)
    for member in (document.get("members") or {}).values():
        if member and (name := member.get("name")) is not None:
            yield name


def _names_fine(names: Iterable[str]) -> bool:
    texts = list(names)
    joined = " ".join(texts)
    if not (joined.isascii() and joined.isprintable()) and any(map(hidden_character, texts)):
        return False
    # A name may be longer than an id: which of them it is, the careful way knows.
    return (all(t and t[0] != " " and t[-1] != " " for t in texts)
            and max(map(len, texts), default=0) <= MAX_ID)


def _name_findings(file: str, root: Node) -> Iterable[Finding]:
    for node, what, entry, longest in _name_nodes(root):
        if node.kind != "scalar" or not isinstance(node.value, str):
            continue
        hidden = hidden_character(node.value)
        if hidden:
            yield checks.HIDDEN_CHARACTER.found(
                node.at(file), f"{what} holds the hidden character {hidden}", "type it again",
                subject=entry)
        elif not node.value or node.value != node.value.strip():
            problem = "has blanks around it" if node.value.strip() else "is empty"
            yield checks.BAD_NAME.found(
                node.at(file), f"{what} {problem}",
                "write it without them" if node.value.strip() else "give it a name, or leave it "
                "out", subject=entry)
        elif len(node.value) > longest:
            yield checks.BAD_NAME.found(
                node.at(file), f"{what} is longer than {longest} characters", "choose a shorter "
                "one", subject=entry)


def _name_nodes(root: Node) -> Iterable[tuple[Node, str, str, int]]:
    """Every name: its node, what it is, the entry it stands in, and how long it may be."""
    organization = root.get("organization")
    if organization is not None:
        yield organization, "the id of the organization", "", MAX_ID
    settings = root.get("settings")
    if settings is not None and (name := settings.get("name")) is not None:
        yield name, "the name of the organization", "", MAX_TEXT
    teams = root.get("teams")
    for item in teams.items if teams is not None else ():
        yield item, "the name of a team", "", MAX_ID
    nouns = {"projects": "a project", "team_spaces": "a team space", "groups": "a group",
             "members": "a member"}
    for section, noun in nouns.items():
        box = root.get(section)
        for text, (key, value) in box.pairs.items() if box is not None else ():
            if section != "members":
                yield key, f"the id of {noun}", text, MAX_ID
            if section != "groups" and (name := value.get("name")) is not None:
                yield name, f"the name of {noun}", text, MAX_TEXT


# --- emails -----------------------------------------------------------------------------------


def _emails(document: dict[str, Any]) -> Iterable[str]:
    yield from document.get("members", ())
    departures = document.get("departures", {})
    yield from departures
    yield from (d["transfer_content_to"] for d in departures.values()
                if "transfer_content_to" in d)
    for change in document.get("email_changes", ()):
        yield from (change["from"], change["to"])
    yield from document.get("access_requests", {}).get("deny", ())
    for transfer in document.get("content_transfers", ()):
        yield transfer["to"]
        if transfer["from"] != UNASSIGNED:
            yield transfer["from"]
    migration = document.get("domain_migration")
    if migration:
        yield from (f"x@{migration[end]}" for end in ("from", "to"))


def _emails_fine(emails: Iterable[str]) -> bool:
    try:
        for email in emails:
            normalize_email(email)
    except InvalidEmail:
        return False
    return True


def _email_nodes(root: Node) -> Iterable[Node]:
    for section in _PEOPLE:
        box = root.get(section)
        for key, value in box.pairs.values() if box is not None else ():
            yield key
            receiver = value.get("transfer_content_to")
            if section == "departures" and receiver is not None:
                yield receiver
    for section in LISTS:
        entries = root.get(section)
        for entry in entries.items if entries is not None else ():
            source, target = entry.get("from"), entry.get("to")
            nobody = section == "content_transfers" and source is not None and (
                source.value == UNASSIGNED)
            yield from (end for end in (None if nobody else source, target) if end is not None)
    requests = root.get("access_requests")
    denied = requests.get("deny") if requests is not None else None
    yield from denied.items if denied is not None else ()


def _email_findings(file: str, root: Node) -> Iterable[Finding]:
    yield from _domain_findings(file, root)
    for node in _email_nodes(root):
        if node.kind != "scalar" or not isinstance(node.value, str):
            continue
        hidden = hidden_character(node.value)
        if hidden:
            yield checks.HIDDEN_CHARACTER.found(
                node.at(file), f"an email holds the hidden character {hidden}", "type it again")
            continue
        try:
            normalize_email(node.value)
        except InvalidEmail as wrong:
            yield Finding(rule="R01", what=f"{node.value!r} is no email address: {wrong}",
                          how="write it as name@company.example", subject=node.value,
                          location=node.at(file))



def _domain_findings(file: str, root: Node) -> Iterable[Finding]:
    migration = root.get("domain_migration")
    for end in ("from", "to") if migration is not None else ():
        node = migration.get(end) if migration is not None else None
        if node is None or not isinstance(node.value, str) or _emails_fine([f"x@{node.value}"]):
            continue
        yield Finding(rule="R50", what=f"{node.value!r} is no domain", subject=node.value,
                      how="write it as company.example", location=node.at(file))


# --- ends -------------------------------------------------------------------------------------


def _ends_fine(document: dict[str, Any]) -> bool:
    """Whether every `until` is a day that exists, and no group is listed with and without one."""
    holders = [holder for section in ("members", "groups", "ignore_drift")
               for holder in (document.get(section) or {}).values()]
    for holder in holders:
        if not holder:
            continue
        grants = holder.get("projects", {}).values()
        groups = holder.get("groups", ())
        ends = [g["until"] for g in (*grants, *groups) if isinstance(g, dict) and UNTIL in g]
        if UNTIL in holder:
            ends.append(holder[UNTIL])
        if any(as_day(end) is None for end in ends):
            return False
        names = [g["group"] if isinstance(g, dict) else g for g in groups]
        if len(set(names)) < len(names) and any(isinstance(g, dict) for g in groups):
            return False
    return True
