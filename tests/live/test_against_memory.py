"""The law of the store: it holds what the same operations make in memory."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from reconciler.live.past import Past
from reconciler.live.ports import Step
from reconciler.live.sql.store import SqlStore
from reconciler.model import elements
from reconciler.model.elements import Elements
from reconciler.model.email import Email
from reconciler.model.errors import Refused
from reconciler.model.operations import OWN_ACTS, Operation
from reconciler.model.organization import MemberState
from reconciler.model.perform import perform
from reconciler.model.world import Frame, World
from reconciler.rules.catalogue import judge, refuses
from tests.domain import ADA, NOW, Stored
from tests.live.living import Live, an_org_in
from tests.rules.test_random_operations import actors, random_operation

# Of several candidates the first lawful one is tried, so that much of it happens.
candidates = st.lists(st.lists(random_operation, min_size=1, max_size=3), min_size=1, max_size=8)
rounds = st.lists(st.tuples(st.just(ADA) | actors, candidates), min_size=8, max_size=20)


class Memory:
    """An organization in memory that performs batches as a store must: all or nothing."""

    def __init__(self, live: Live) -> None:
        with live.store.reader("acme") as reader:
            self.frame = reader.frame()
            self.stored = Stored()
            self.stored.people = reader.members(reader.emails())
            self.stored.content = {i.id: i for i in reader.content()}

    def performs(
        self, actor: Email | None, operations: list[Operation], *, only_asking: bool = False
    ) -> bool:
        """Whether the rules let all of them through."""
        world = World(self.frame, self.stored)
        for operation in operations:
            own = isinstance(operation, OWN_ACTS)
            person = world.member(actor) if actor and not own else None
            if own and actor not in (None, operation.subject):
                return False
            if (person is None and not own) or refuses(
                    judge(world, operation, actor=person, now=NOW)):
                return False
            perform(world, operation, NOW)
        if only_asking:
            return True
        content = {i.id: i for i in self.stored.content.values()
                   if i.id not in world.removed_content()} | world.touched_content()
        people = {m.email: m for m in world.everybody()}
        self.frame = Frame(
            organization="acme", settings=world.settings, projects=world.projects,
            spaces=world.spaces, teams=frozenset(world.teams), groups=world.groups,
            sequence=self.frame.sequence + len(operations))
        self.stored = Stored()
        self.stored.people, self.stored.content = people, content
        return True

    def everything(self) -> tuple[Any, ...]:
        content = sorted(self.stored.content.values(), key=lambda i: i.id)
        return self.frame, self.stored.people, content


@pytest.fixture(scope="module")
def a_populated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which much can happen: bob manages web, sam is in a group, kim is invited."""
    path = tmp_path_factory.mktemp("memory") / "populated.db"
    live = an_org_in(f"sqlite:///{path}").member("bob", web="manager", default="web")
    live.member("sam", mobile="member").pending("kim", "admin").requesting("eve")
    live.group("analysts", "sam", "bob", mobile="viewer").content("c1", owner="sam",
                                                                  project="mobile")
    return path


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rounds)
def test_the_store_holds_what_the_operations_make_in_memory(
    a_populated_file: Path, tried: list[tuple[Email | None, list[list[Operation]]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(a_populated_file, Path(folder) / "live.db")
        live = Live(SqlStore.open(f"sqlite:///{copy}"))
        memory = Memory(live)
        moments: list[tuple[int, Elements]] = []
        for someone, offered in tried:
            actor, operations = chosen(memory, someone, offered)
            allowed = memory.performs(actor, operations)
            try:
                live.store.perform("acme", [Step(operation=o) for o in operations],
                                   actor=actor, now=NOW)
            except Refused:
                assert not allowed, "the store refused what the rules allow"
            else:
                assert allowed, "the store did what a rule forbids"
                event(operations[0].kind)
            assert live.everything() == memory.everything()
            moments.append((live.frame.sequence, elements_of(memory)))
        joined = [m for m in memory.stored.people.values() if m.state is MemberState.JOINED]
        assert live.overview.joined == len(joined)
        assert live.store.verify("acme").breach is None
        assert_the_log_tells_all_of_it(live, memory)
        for sequence, then in moments:
            assert rebuilt(live, sequence) == then


def elements_of(memory: Memory) -> Elements:
    """Everything that memory holds and that gives access."""
    made = elements.of_frame(memory.frame)
    for member in memory.stored.people.values():
        made |= elements.of_member(member)
    return made


def rebuilt(live: Live, sequence: int) -> Elements:
    """The organization as it was at a record, by the log."""
    past = Past("acme")
    with live.store.reader("acme") as reader:
        past.tell(reader.told(None, up_to=sequence))
    return past.elements()


def assert_the_log_tells_all_of_it(live: Live, memory: Memory) -> None:
    """What is rebuilt from the audit log is what the store holds."""
    past = Past("acme")
    past.tell(live.store.audit("acme"))
    world = past.world
    assert {m.email: m for m in world.everybody()} == memory.stored.people
    assert (world.settings, world.projects, world.spaces, world.teams, world.groups) == (
        memory.frame.settings, memory.frame.projects, memory.frame.spaces, memory.frame.teams,
        memory.frame.groups)


def chosen(
    memory: Memory, someone: Email | None, offered: list[list[Operation]]
) -> tuple[Email | None, list[Operation]]:
    """The first lawful offer and its actor; people act for themselves without one."""
    for operations in offered:
        own = all(isinstance(o, OWN_ACTS) for o in operations)
        actor = None if own else someone
        if memory.performs(actor, operations, only_asking=True):
            return actor, operations
    return someone, offered[0]
