"""What the intents of a file say against each other and against its people (F20, R01, R30)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.desired import format as checks
from reconciler.desired.places import Places
from reconciler.desired.state import (
    ContentTransfer,
    DesiredMember,
    DesiredState,
    EmailChange,
    Mode,
)
from reconciler.model.email import Email, domain_of
from reconciler.model.finding import Finding, Location
from reconciler.model.migration import moved
from reconciler.model.selectors import InvalidSelector, parse_selector


def intent_findings(state: DesiredState, places: Places) -> list[Finding]:
    """Changes of address, transfers, denials and a domain migration that exclude each other, or
    that exclude what else the files say; each at its place. Nothing here needs the live store."""
    asked = _Asked(state, places)
    ignored = list(asked.ignored())
    if not (state.email_changes or state.transfers or state.denials or state.migration):
        return ignored
    return [*ignored, *asked.email_changes(), *asked.transfers(), *asked.denials(),
            *asked.migration()]


class _Asked:
    def __init__(self, state: DesiredState, places: Places) -> None:
        self.state = state
        self.places = places

    def ignored(self) -> Iterator[Finding]:
        state = self.state
        for entry in state.ignored.values():
            if not entry.reason.strip():
                yield checks.BAD_NAME.found(
                    self.places.find(state.files[entry.file], entry.line, "ignore_drift",
                                     entry.what),
                    f"no reason is given to ignore {entry.what}", "say why it is left alone",
                    subject=entry.what)
            try:
                parse_selector(entry.what)
            except InvalidSelector as wrong:
                yield checks.BAD_SELECTOR.found(
                    self.places.find(state.files[entry.file], entry.line, "ignore_drift",
                                     entry.what),
                    f"ignore_drift cannot mean {entry.what!r}: {wrong}",
                    "write it as `reconciler drift` names it, such as "
                    "sam@acme.example/project/web", subject=entry.what)

    def email_changes(self) -> Iterator[Finding]:
        state = self.state
        if state.email_changes and state.manage.members is Mode.IGNORE:
            yield self._against(state.email_changes[0], "", "email_changes stand beside "
                                "manage.members: ignore, which leaves everybody alone",
                                "manage members, or take the changes out")
        sources: dict[Email, EmailChange] = {}
        targets: dict[Email, EmailChange] = {}
        for change in state.email_changes:
            if change.old == change.new:
                yield self._against(change, "to", f"{change.old} changes to the same address "
                                    "(letter case and blanks do not matter)",
                                    "name another address, or take the entry out")
                continue
            first = sources.setdefault(change.old, change)
            if first is not change:
                yield self._against(change, "from", f"{change.old} changes twice (first at "
                                    f"{self._at(first, 'from')})", "keep one of them")
            first = targets.setdefault(change.new, change)
            if first is not change:
                yield self._against(change, "to", f"{first.old} changes to {change.new} as well "
                                    f"(at {self._at(first, 'to')})", "keep one of them")
            yield from self._leaving(change)
        for change in state.email_changes:
            later = sources.get(change.new)
            if later is not None and later is not change and change.old != change.new:
                yield self._against(
                    change, "to", f"{change.new} is to change too, to {later.new} (at "
                    f"{self._at(later, 'from')})",
                    "change straight to the last address, or let one change end before the next")

    def _leaving(self, change: EmailChange) -> Iterator[Finding]:
        state = self.state
        # What becomes of the content of whoever is a member until a day is said before it comes.
        ends = any(e.kind == "member" and e.key in (change.old, change.new)
                   for e in state.endings)
        for end, email in (("from", change.old), ("to", change.new)):
            if email in state.departures and not ends:
                yield self._against(change, end, f"{email} is in departures as well (at "
                                    f"{self._departure(email)})", "keep one of them")
            if email in state.denials:
                yield self._against(change, end, f"{email} is denied under access_requests as well",
                                    "keep one of them")
        old, new = state.members.get(change.old), state.members.get(change.new)
        if old is not None and new is not None and _grants(old) != _grants(new):
            yield self._against(
                change, "to", f"{change.old} and {change.new} are both declared, with different "
                "access, and are to be one person",
                "declare one of them, or both alike")
        declared = change.old in state.members or change.new in state.members
        if not declared and state.manage.members is Mode.AUTHORITATIVE:
            yield self._against(
                change, "to", f"neither {change.old} nor {change.new} is declared under members, "
                "so nobody would be left", f"declare {change.new} under members")

    def transfers(self) -> Iterator[Finding]:
        state = self.state
        sources = {t.source: t for t in state.transfers if t.source is not None}
        for number, transfer in enumerate(state.transfers):
            receiver = transfer.receiver
            if receiver == transfer.source:
                yield self._transfer(transfer, "to", "R30",
                                     f"{receiver} cannot receive their own content",
                                     "name another member")
                continue
            # Who is a member until a day can receive until then.
            if receiver in state.departures and receiver not in state.members:
                yield self._transfer(
                    transfer, "to", "R30",
                    f"{receiver}, who is to receive content, leaves (at "
                    f"{self._departure(receiver)})", "name somebody who stays")
            if receiver in sources:
                yield self._transfer(
                    transfer, "to", "F20", f"content of {receiver} is transferred as well (at "
                    f"{self._at(sources[receiver], 'from')}), so whose it becomes would depend on "
                    "the order", "name the last receiver, or do one after the other")
            yield from self._of_leaver(transfer)
            for other in state.transfers[:number]:
                if _overlap(transfer, other):
                    yield self._transfer(
                        transfer, "from", "F20",
                        f"the same content is transferred to {other.receiver} (at "
                        f"{self._at(other, 'from')})",
                        "tell them apart by kinds or project, or keep one of them")
        yield from self._chains()

    def _of_leaver(self, transfer: ContentTransfer) -> Iterator[Finding]:
        """All content of somebody whose departure or change of address gives it to another."""
        if transfer.kinds or transfer.project is not None or transfer.source is None:
            return
        leaver = self.state.departures.get(transfer.source)
        if leaver is not None and leaver.transfer_to not in (None, transfer.receiver):
            yield self._transfer(
                transfer, "to", "F20", f"all content of {transfer.source} goes to "
                f"{leaver.transfer_to} under departures (at {self._departure(transfer.source)})",
                "name one receiver, or tell the content apart by kinds or project")
        for change in self.state.email_changes:
            if change.old == transfer.source and change.new != transfer.receiver:
                yield self._transfer(
                    transfer, "to", "F20", f"the address of {transfer.source} changes, and all "
                    f"their content goes to {change.new} (at {self._at(change, 'to')})",
                    "keep one of them, or tell the content apart by kinds or project")

    def _chains(self) -> Iterator[Finding]:
        """Content that goes to somebody whose content goes on when they leave."""
        state = self.state
        for transfer in state.transfers:
            leaver = state.departures.get(transfer.receiver)
            if leaver is None and transfer.source is not None:
                gone = state.departures.get(transfer.source)
                if gone is not None and gone.transfer_to is None and transfer.project is None and (
                        not transfer.kinds):
                    yield self._transfer(
                        transfer, "from", "F20", f"all content of {transfer.source} is "
                        "transferred, and left unassigned under departures (at "
                        f"{self._departure(transfer.source)})",
                        f"write transfer_content_to: {transfer.receiver} there")

    def denials(self) -> Iterator[Finding]:
        for denial in self.state.denials.values():
            member = self.state.members.get(denial.email)
            if member is None:
                continue
            here = self.places.find(self.state.files[denial.file], denial.line,
                                    "access_requests", "deny", (denial.email,))
            there = self.places.locate(self.state, "members", denial.email)
            yield checks.CONTRADICTION.found(
                here, f"{denial.email} is denied, and is a member (at {there})",
                "keep one of them", subject=denial.email)

    def migration(self) -> Iterator[Finding]:
        state, migration = self.state, self.state.migration
        if migration is None:
            return
        if migration.old == migration.new:
            yield Finding(
                rule="R50", subject=f"domain:{migration.old}",
                what=f"{migration.old} migrates to itself (letter case does not matter)",
                how="name the domain that people move to",
                location=self.places.find(state.files[migration.file], migration.line, "",
                                          "domain_migration", ("to",)))
            return
        named: dict[str, Mapping[Email, object]] = {
            "members": state.members, "departures": state.departures}
        for section, entries in named.items():
            for email in entries:
                if domain_of(email) != migration.old:
                    continue
                new = moved(email, migration.new)
                for other in (s for s, there in named.items() if new in there):
                    yield checks.CONTRADICTION.found(
                        self.places.locate(state, section, email),
                        f"{email} becomes {new} by the domain_migration, who has an entry already "
                        f"(at {self.places.locate(state, other, new)})",
                        "keep one of them", subject=email)

    # --- saying it ------------------------------------------------------------------------------

    def _against(self, change: EmailChange, end: str, what: str, how: str) -> Finding:
        return checks.CONTRADICTION.found(
            self._at(change, end), what, how, subject=change.old)

    def _transfer(
        self, transfer: ContentTransfer, end: str, rule: str, what: str, how: str
    ) -> Finding:
        return Finding(rule=rule, what=what, how=how, subject=transfer.source or "unassigned",
                       location=self._at(transfer, end))

    def _at(self, entry: EmailChange | ContentTransfer, end: str) -> Location:
        section = "email_changes" if isinstance(entry, EmailChange) else "content_transfers"
        return self.places.find(self.state.files[entry.file], entry.line, section,
                                str(entry.number), (end,))

    def _departure(self, email: Email) -> Location:
        return self.places.locate(self.state, "departures", email)


def _grants(member: DesiredMember) -> tuple[object, ...]:
    return member.role, member.projects, member.groups


def _overlap(one: ContentTransfer, other: ContentTransfer) -> bool:
    """Whether two transfers speak of the same content and name different receivers, or are the
    same twice."""
    if one.source != other.source:
        return False
    kinds = not one.kinds or not other.kinds or bool(one.kinds & other.kinds)
    return kinds and (one.project is None or other.project is None or one.project == other.project)
