"""Wherever the files name people: the one list of those places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.spots import Spot
from reconciler.desired.edits.workspace import Workspace, as_email
from reconciler.model.email import Email
from reconciler.model.finding import Location

Wanted = Callable[[Email], bool]
_LISTS = {"email_changes": "changes their address", "content_transfers": "is in a transfer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place that names a person. `path` leads to it in the document of its file; `of` is whose
    entry it is in, and for `is_key` the person's own."""

    email: Email
    file: FileText
    spot: Spot
    section: str
    path: tuple[str | int, ...]
    meaning: str
    is_key: bool = False
    of: Email | None = None

    @property
    def place(self) -> Location:
        """File, line and column."""
        return self.file.place(self.spot.start)


def mentions(files: Workspace, wanted: Wanted = lambda email: True) -> Iterator[Mention]:
    """Every place that names somebody who is wanted, keys of members only where they are."""
    for name in files.names:
        file = files.file(name)
        for section in ("members", "departures"):
            for key in file.keys(section):
                email = as_email(key)
                if email is None:
                    continue
                if section == "members":
                    if wanted(email):
                        yield Mention(
                            email=email, file=file, spot=file.entry(section, key).pair.key,
                            section=section, path=(section, key), is_key=True, of=email,
                            meaning="is a member")
                    continue
                yield from _departure(file, key, email, wanted)
        yield from _denials(file, wanted)
        for section, meaning in _LISTS.items():
            yield from _list(file, section, meaning, wanted)
    if files.policy is not None:
        yield from _policy(files.file(files.policy), wanted)


def _departure(file: FileText, key: str, email: Email, wanted: Wanted) -> Iterator[Mention]:
    stated = file.document["departures"][key].get("transfer_content_to")
    receiver = as_email(stated) if isinstance(stated, str) else None
    if not wanted(email) and (receiver is None or not wanted(receiver)):
        return
    pair = file.entry("departures", key).pair
    if wanted(email):
        yield Mention(email=email, file=file, spot=pair.key, section="departures",
                      path=("departures", key), is_key=True, of=email, meaning="leaves")
    inner = pair.value.pair("transfer_content_to")
    if receiver is not None and wanted(receiver) and inner is not None:
        yield Mention(email=receiver, file=file, spot=inner.value, section="departures", of=email,
                      path=("departures", key, "transfer_content_to"),
                      meaning=f"receives the content of {email}")


def _denials(file: FileText, wanted: Wanted) -> Iterator[Mention]:
    pair = file.section("access_requests")
    inner = pair.value.pair("deny") if pair is not None else None
    for number, item in enumerate(inner.value.items if inner is not None else ()):
        email = as_email(item.text)
        if email is not None and wanted(email):
            yield Mention(email=email, file=file, spot=item, section="access_requests",
                          path=("access_requests", "deny", number), meaning="is denied")


def _list(file: FileText, section: str, meaning: str, wanted: Wanted) -> Iterator[Mention]:
    pair = file.section(section)
    for number, item in enumerate(pair.value.items if pair is not None else ()):
        for end in ("from", "to"):
            stated = item.pair(end)
            email = as_email(stated.value.text) if stated is not None else None
            if stated is not None and email is not None and wanted(email):
                yield Mention(email=email, file=file, spot=stated.value, section=section,
                              path=(section, number, end), meaning=meaning)


def _policy(file: FileText, wanted: Wanted) -> Iterator[Mention]:
    approvals = file.section("approvals")
    machines = approvals.value.pair("automation") if approvals is not None else None
    for path, listed, meaning in (
        (("protected_members",), file.section("protected_members"), "is protected"),
        (("approvals", "automation"), machines, "is automation"),
    ):
        for number, item in enumerate(listed.value.items if listed is not None else ()):
            email = as_email(item.text)
            if email is not None and wanted(email):
                yield Mention(email=email, file=file, spot=item, section="policy",
                              path=(*path, number), meaning=meaning)
    removals = file.section("removals")
    receiver = removals.value.pair("default_receiver") if removals is not None else None
    email = as_email(receiver.value.text) if receiver is not None else None
    if receiver is not None and email is not None and wanted(email):
        yield Mention(email=email, file=file, spot=receiver.value, section="policy",
                      path=("removals", "default_receiver"),
                      meaning="receives the content of whoever is removed")
