"""A declared domain migration (domain.md section 6): alone in its plan while it is to be done, and
afterwards the meaning of the old addresses that are left in the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from reconciler.desired.judge import judge_desired
from reconciler.desired.state import DesiredState, DomainMigration, Ending, Mode, Placed
from reconciler.live.ports import AuditRecord, Reader
from reconciler.model.email import Email, domain_of
from reconciler.model.finding import Finding, Location
from reconciler.model.migration import moved, moved_policy
from reconciler.model.nearest import did_you_mean
from reconciler.model.operations import ChangeSetting, Invite, MigrateDomain, RemoveMember, Revoke
from reconciler.model.organization import MemberState
from reconciler.model.selectors import parse_selector
from reconciler.model.world import Frame
from reconciler.planning.draft import Difference, Draft
from reconciler.planning.lifecycle.resolved import Resolved
from reconciler.planning.places import Sources
from reconciler.planning.plan import Note, Reason
from reconciler.planning.policy import Terms

TOLD: Final = 20
"""How many keys that are to be renamed are told one by one; of more, the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What the files mean, given how far the migration has come.

    `migration` is None where none is declared. While it is `pending`, nothing else is planned;
    once it is done the old addresses in `state`, and in the policy of `terms`, are the new ones.
    """

    state: DesiredState
    terms: Terms
    migration: DomainMigration | None = None
    pending: bool = False
    notes: tuple[Note, ...] = ()
    findings: tuple[Finding, ...] = ()


def follow_migration(state: DesiredState, terms: Terms, reader: Reader) -> Followed:
    """How far the migration has come, as the live store shows it: done once nobody is a member
    under the old domain and somebody is under the new one."""
    migration = state.migration
    if migration is None:
        return Followed(state=state, terms=terms)
    old, new = (_has_members(reader, domain) for domain in (migration.old, migration.new))
    if old and new and (record := _record(reader, migration)) is not None:
        return Followed(state=state, terms=terms, migration=migration, pending=True,
                        findings=(_back_again(state, migration, record),))
    if old or not new:
        return Followed(state=state, terms=terms, migration=migration, pending=True)
    if _record(reader, migration) is None:
        return Followed(state=state, terms=terms, migration=migration, pending=True,
                        findings=(_never_was(state, migration, reader),))
    return Followed(state=_renamed(state, migration), terms=_renamed_policy(terms, migration),
                    migration=migration, notes=tuple(_to_rename(state, terms, migration)))


def migration_alone(
    followed: Followed, frame: Frame, reader: Reader
) -> tuple[Resolved, list[Finding], Difference]:
    """A plan of nothing but the migration, after SSO is turned off where the files say so: the
    state, what the rules say to the files, and the drafts."""
    state, migration = followed.state, followed.migration
    if migration is None:
        raise AssertionError("asked for where a migration is declared")
    overview = reader.overview()
    found = Difference(sources=Sources(state), members_observed=overview.joined + overview.pending,
                       joined_observed=overview.joined)
    place = state.place(migration)
    draft = Draft(MigrateDomain(migration.old, migration.new, migration.accept_loss),
                  Reason.MIGRATION, raises=False, source=place)
    if frame.settings.sso and state.settings.get("sso") is False:
        off = Draft(ChangeSetting("sso", False), Reason.DIFFERS, raises=False,
                    source=found.sources.of("settings", "sso"))
        draft.after.append(off.key)
        found.drafts.append(off)
    if not followed.findings:
        found.drafts.append(draft)
    found.notes.append(Note(
        code="postponed", subject=draft.operation.subject, source=place,
        text="only the domain migration is planned; everything else is left for the next run"))
    # Whom the files already declare under the new address is compared in the next run, too.
    manage = replace(state.manage, default_projects=Mode.IGNORE)
    return Resolved(replace(state, manage=manage)), judge_desired(state, frame), found


def refuse_undone_migration(state: DesiredState, reader: Reader, found: Difference) -> None:
    """Old addresses in the files after the migration was taken out of them: everybody would be
    removed and invited anew (domain.md section 7)."""
    gone = {d.operation.email for d in found.drafts
            if isinstance(d.operation, (RemoveMember, Revoke))}
    invited: dict[str, list[Email]] = {}
    for draft in found.drafts:
        if isinstance(draft.operation, Invite):
            invited.setdefault(domain_of(draft.operation.email), []).append(draft.operation.email)
    for old, people in sorted(invited.items()) if gone else ():
        record = next((r for r in reader.history_of(f"domain:{old}")
                       if r.operation == MigrateDomain.kind), None)
        new = str(record.after.get("domain")) if record is not None else ""
        both = [e for e in people if moved(e, new) in gone]
        if record is None or not both:
            continue
        others = f" and {len(both) - 1:,} more" if len(both) > 1 else ""
        found.findings.append(Finding(
            rule="R50", subject=f"domain:{old}", location=state.place(state.members.get(both[0])),
            what=f"{old} was migrated to {new} on {record.at:%Y-%m-%d}, and the files have old "
                 f"addresses: {both[0]}{others} would be removed and invited anew",
            how=f"rename them: reconciler edit rename-domain PATH {old} {new}; or put "
                "domain_migration back until that is done"))


# --- how far it has come ----------------------------------------------------------------------


def _has_members(reader: Reader, domain: str) -> bool:
    there = [email for email in reader.emails() if domain_of(email) == domain]
    return any(m.state is not MemberState.REQUESTED for m in reader.members(there).values())


def _record(reader: Reader, migration: DomainMigration) -> AuditRecord | None:
    history = reader.history_of(f"domain:{migration.old}")
    return next((r for r in history if r.operation == MigrateDomain.kind
                 and r.after.get("domain") == migration.new), None)


def _back_again(
    state: DesiredState, migration: DomainMigration, record: AuditRecord
) -> Finding:
    return Finding(
        rule="R50", subject=f"domain:{migration.old}", location=state.place(migration),
        what=f"{migration.old} was migrated to {migration.new} on {record.at:%Y-%m-%d}, and "
             "there are members of both again",
        how="take domain_migration out, and give them their addresses with email_changes")


def _never_was(state: DesiredState, migration: DomainMigration, reader: Reader) -> Finding:
    close = did_you_mean(migration.old, sorted({domain_of(e) for e in reader.emails()}))
    return Finding(
        rule="R50", subject=f"domain:{migration.old}", location=state.place(migration),
        what=f"nobody is a member under {migration.old}, nobody ever was migrated from it to "
             f"{migration.new}, and {migration.new} is in use",
        how=close or "correct the domain, or take domain_migration out")


# --- once it is done --------------------------------------------------------------------------


def _renamed(state: DesiredState, migration: DomainMigration) -> DesiredState:
    """The state with every old address as the new one; changes of address that are no more one
    are left out."""

    def now(email: Email) -> Email:
        return moved(email, migration.new) if domain_of(email) == migration.old else email

    def at(email: Email | None) -> Email | None:
        return None if email is None else now(email)

    def end(ending: Ending) -> Ending:
        if ending.section != "members":
            return ending
        key = now(Email(ending.key))
        return replace(ending, key=key, target=key if ending.kind == "member" else ending.target)

    changes = (replace(c, old=now(c.old), new=now(c.new)) for c in state.email_changes)
    return replace(
        state,
        members={now(e): replace(m, email=now(e)) for e, m in state.members.items()},
        departures={now(e): replace(d, email=now(e), transfer_to=at(d.transfer_to))
                    for e, d in state.departures.items()},
        endings=tuple(map(end, state.endings)),
        accounts=tuple(replace(a, email=now(a.email)) for a in state.accounts),
        email_changes=tuple(c for c in changes if c.old != c.new),
        denials={now(e): replace(d, email=now(e)) for e, d in state.denials.items()},
        transfers=tuple(replace(t, source=at(t.source), receiver=now(t.receiver))
                        for t in state.transfers),
        ignored={what: replace(i, what=_selected(i.what, now))
                 for what, i in state.ignored.items()})


def _selected(what: str, now: Callable[[Email], Email]) -> str:
    selector = parse_selector(what)
    return (what if ":" in selector.subject
            else str(replace(selector, subject=now(Email(selector.subject)))))


def _renamed_policy(terms: Terms, migration: DomainMigration) -> Terms:
    declared = terms.declared
    if declared is None:
        return terms
    places = {(key, moved(Email(e), migration.new) if domain_of(e) == migration.old else e): place
              for (key, e), place in declared.places.items()}
    policy = moved_policy(declared.policy, migration.old, migration.new)
    return replace(terms, declared=replace(declared, policy=policy, places=places))


def _to_rename(
    state: DesiredState, terms: Terms, migration: DomainMigration
) -> Iterator[Note]:
    """Which addresses the files still have, and how they are renamed."""
    found = [(email, section, place) for email, section, place in _named(state, terms)
             if domain_of(email) == migration.old]
    subject, place = f"domain:{migration.old}", state.place(migration)
    left = "" if not found else (
        f"the files have {len(found):,} of the old addresses; rename them with `reconciler edit "
        f"rename-domain PATH {migration.old} {migration.new}`, then ")
    yield Note(code="done", subject=subject, source=place,
               text=f"{migration.old} is migrated to {migration.new}: {left}domain_migration can "
                    "be taken out")
    for email, section, line in found[:TOLD]:
        yield Note(code="rename", subject=email, source=line,
                   text=f"{email} is {moved(email, migration.new)} now: rename it under {section}")


def _named(state: DesiredState, terms: Terms) -> Iterator[tuple[Email, str, Location]]:
    """Everybody whom the files name: the address, the section, and the place."""
    for email, section, entry in _entries(state):
        yield email, section, state.place(entry)
    declared = terms.declared
    if declared is not None:
        policy = declared.policy
        for key, people in (("protected_members", policy.protected_members),
                            ("automation", policy.automation)):
            yield from ((email, key, declared.place(key, email)) for email in sorted(people))
        if declared.policy.default_receiver is not None:
            yield (declared.policy.default_receiver, "default_receiver",
                   declared.place("default_receiver"))


def _entries(state: DesiredState) -> Iterator[tuple[Email, str, Placed]]:
    for email, member in state.members.items():
        yield email, "members", member
    for email, departure in state.departures.items():
        yield email, "departures", departure
        if departure.transfer_to is not None:
            yield departure.transfer_to, "departures", departure
    for change in state.email_changes:
        yield change.old, "email_changes", change
        yield change.new, "email_changes", change
    for email, denial in state.denials.items():
        yield email, "access_requests", denial
    for transfer in state.transfers:
        if transfer.source is not None:
            yield transfer.source, "content_transfers", transfer
        yield transfer.receiver, "content_transfers", transfer

