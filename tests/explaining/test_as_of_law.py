"""The law of the past: what `explain` and `who-can` say of a moment is what was true at it.

A random history happens day by day; after each day the store itself is asked who may do what, and
why. When all is over, the audit log is asked the same of each day.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from reconciler.cli.explain import at_moment
from reconciler.explaining.access import Access, all_access, who_can
from reconciler.live.ports import Step
from reconciler.live.sql.store import SqlStore
from reconciler.model import operations as op
from reconciler.model.email import Email
from reconciler.model.errors import ReconcilerError
from reconciler.model.organization import MemberState
from reconciler.model.roles import Role
from reconciler.model.world import World
from tests.domain import ADA, NOW
from tests.drift.test_oracle import EXAMPLES, PHASES, a_populated_file, an_edit
from tests.live.living import Live

__all__ = ["a_populated_file"]
days = st.lists(st.lists(an_edit, min_size=1, max_size=8), min_size=3, max_size=10)

Why = tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
"""Of each project: the role, and every source with its role."""


class Day(NamedTuple):
    """What was true at the end of a day: of everybody, and who could do what on each project."""

    at: datetime
    people: dict[Email, tuple[MemberState, Role, Why]]
    reviews: dict[str, list[tuple[Email, Role]]]


@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES,
          suppress_health_check=[HealthCheck.too_slow])
@given(days)
def test_of_every_day_the_log_tells_what_was_true(
    a_populated_file: Path, history: list[list[op.Operation]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(a_populated_file, Path(folder) / "live.db")
        live = Live(SqlStore.open(f"sqlite:///{path}"))
        was = [lived(live, NOW + timedelta(days=n), done) for n, done in enumerate(history, 1)]
        if any(a.people != b.people for a, b in pairwise(was)):
            event("somebody's access changed")
        everybody = sorted({email for day in was for email in day.people})
        with live.store.reader("acme") as reader:
            for day in was:
                evening = day.at + timedelta(hours=1)
                for email in everybody:
                    then = at_moment(reader, "acme", [email], evening)
                    assert told(then.world, email) == day.people.get(email), (day.at, email)
                review = at_moment(reader, "acme", None, evening).world
                assert reviews(review) == day.reviews
            for email in everybody:
                now = at_moment(reader, "acme", [email], None)
                assert told(now.world, email) == was[-1].people.get(email)


@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES,
          suppress_health_check=[HealthCheck.too_slow])
@given(days)
def test_every_source_of_an_access_is_told_with_who_made_it_so(
    a_populated_file: Path, history: list[list[op.Operation]]
) -> None:
    """By the last record after which somebody has it, and before which they did not."""
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(a_populated_file, Path(folder) / "live.db")
        live = Live(SqlStore.open(f"sqlite:///{path}"))
        for number, done in enumerate(history, 1):
            lived(live, NOW + timedelta(days=number), done)
        with live.store.reader("acme") as reader:
            for email in list(reader.emails()):
                then = at_moment(reader, "acme", [email], None)
                member = then.world.member(email)
                assert member is not None
                for access in all_access(then.world, member, then.past.traces):
                    for source in access.sources:
                        assert source.trace is not None, (email, access)
                        for trace in filter(None, (source.trace, source.gave)):
                            record = live.store.audit(
                                "acme", after=trace.sequence - 1, limit=1)[0]
                            assert (record.actor, record.operation, record.at) == (
                                trace.by, trace.how, trace.at)


def lived(live: Live, at: datetime, done: list[op.Operation]) -> Day:
    """Do what the store allows of it, and look."""
    for operation in done:
        own = isinstance(operation, op.OWN_ACTS)
        try:
            live.store.perform("acme", [Step(operation=operation)], actor=None if own else ADA,
                               now=at)
        except ReconcilerError:
            continue
    with live.store.reader("acme") as reader:
        world = World(reader.frame(), reader)
        people = {e: found for e in reader.emails() if (found := told(world, e)) is not None}
        return Day(at, people, reviews(world))


def told(world: World, email: Email) -> tuple[MemberState, Role, Why] | None:
    member = world.member(email)
    return None if member is None else (
        member.state, member.role, tuple(map(_why, all_access(world, member))))


def _why(access: Access) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return (access.project, str(access.role),
            tuple((s.said, str(s.role)) for s in access.sources))


def reviews(world: World) -> dict[str, list[tuple[Email, Role]]]:
    return {project: [(m.email, a.role) for m, a in who_can(
        world, list(world.everybody()), Role.VIEWER, project)] for project in world.projects}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ADMIN])
def test_a_role_of_a_moment_that_was_taken_back_is_told(
    a_populated_file: Path, tmp_path: Path, role: Role
) -> None:
    live = Live(SqlStore.open(f"sqlite:///{shutil.copy(a_populated_file, tmp_path / 'l.db')}"))
    sam = Email("sam@acme.example")
    given_at, taken_at = NOW + timedelta(days=1), NOW + timedelta(days=2)
    lived(live, given_at, [op.SetProjectRole(sam, "web", Role.ADMIN)])
    lived(live, taken_at, [op.RemoveProjectRole(sam, "web")])
    with live.store.reader("acme") as reader:
        for at, found in ((given_at - timedelta(seconds=1), False), (given_at, True),
                          (taken_at - timedelta(seconds=1), True), (taken_at, False)):
            world = at_moment(reader, "acme", None, at).world
            can = [m.email for m, a in who_can(world, list(world.everybody()), role, "web")
                   if a.role is Role.ADMIN]
            assert (sam in can) is found
