"""People and domains under another name: `rename`, `rename-domain`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.desired.edits.fields import add_item, drop_item
from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.mentions import Mention, mentions
from reconciler.desired.edits.values import replace_scalar
from reconciler.desired.edits.workspace import Workspace
from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean


def rename_person(files: Workspace, old: Email, new: Email) -> int:
    """Name a person by another address wherever they are named; how many places that were.

    An entry of email_changes from exactly `old` to `new` stays: it is what makes the two one
    person. Raises InvalidInput: where `old` is named nowhere, or `new` has an entry already.
    """
    if old == new:
        raise InvalidInput(f"{old} is the same address as before", how="name two addresses")
    found = list(mentions(files, {old}.__contains__))
    if not found:
        people = {*files.people("members"), *files.people("departures")}
        raise InvalidInput(f"{old} is named nowhere in {files.shown_root}",
                           how=did_you_mean(old, people) or "check the address")
    return _rename(files, found, {old: new})


def rename_domain(files: Workspace, old: str, new: str) -> int:
    """Move every address of one domain to another, in all files and the policy; how many places
    that were.

    domain_migration and entries of email_changes that already say so stay as they are. Raises
    InvalidInput: where nobody is of the domain, or two people would become one.
    """
    if old == new:
        raise InvalidInput(f"{old} is the same domain as before", how="name two domains")
    ending = f"@{old}"
    found = list(mentions(files, lambda email: email.endswith(ending)))
    renamed = {m.email: Email(f"{m.email.removesuffix(ending)}@{new}") for m in found}
    places = _rename(files, found, renamed) + _allowed_domains(files, old, new)
    if not places:
        known = {email.rpartition("@")[2]
                 for section in ("members", "departures") for email in files.people(section)}
        raise InvalidInput(f"no address of {old} is named in {files.shown_root}",
                           how=did_you_mean(old, known) or "check the domain")
    return places


def _rename(files: Workspace, found: list[Mention], names: Mapping[Email, Email]) -> int:
    taken = {section: files.people(section) for section in ("members", "departures")}
    for mention in found:
        new = names[mention.email]
        for section, people in taken.items():
            if mention.is_key and new in people and new not in names:
                name, key = people[new]
                raise InvalidInput(f"{new} has an entry already, at "
                                   f"{files.place(name, section, key)}",
                                   how=f"decide which of it and {mention.place} is right")
    changed = [m for m in found if not _says_so(m, names)]
    # Keys last: the paths to everything else lead through them.
    for mention in sorted(changed, key=lambda m: m.is_key):
        new = names[mention.email]
        replace_scalar(mention.file, mention.spot, new)
        _restate(mention, new)
    return len(changed)


def _says_so(mention: Mention, names: Mapping[Email, Email]) -> bool:
    """Whether it is one end of a change of address that says exactly this renaming."""
    if mention.section != "email_changes":
        return False
    stated = _at(mention.file, mention.path[:-1])
    ends = [str(stated[end]).strip().lower() for end in ("from", "to")]
    return bool(names.get(Email(ends[0])) == ends[1])


def _restate(mention: Mention, new: Email) -> None:
    box = _at(mention.file, mention.path[:-1])
    last = mention.path[-1]
    if mention.is_key:
        box[new] = box.pop(last)
    else:
        box[last] = str(new)


def _at(file: FileText, path: tuple[str | int, ...]) -> Any:
    value: Any = file.document
    for step in path:
        value = value[step]
    return value


def _allowed_domains(files: Workspace, old: str, new: str) -> int:
    """The policy's list of domains: the new one takes the place of the old one, or is added."""
    if files.policy is None:
        return 0
    file = files.file(files.policy)
    pair = file.section("allowed_email_domains")
    if pair is None or not pair.value.items:
        return 0
    stated = file.document["allowed_email_domains"]
    domains = [item.text.strip().lower() for item in pair.value.items]
    if old in domains and new not in domains:
        at = domains.index(old)
        replace_scalar(file, pair.value.items[at], new)
        stated[at] = new
    elif old in domains:
        at = domains.index(old)
        drop_item(file, pair.value, at)
        del stated[at]
    elif new not in domains:
        add_item(file, pair.value, new)
        stated.append(new)
    else:
        return 0
    return 1
