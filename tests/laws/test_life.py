"""What happens over time, hunted: people act, files change, days pass, and runs come in between."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from reconciler.applying.apply import apply_plan
from reconciler.desired.load import load
from reconciler.drift.not_applied import watch
from reconciler.live.ports import Step, Store
from reconciler.model.email import Email
from reconciler.model.errors import ReconcilerError
from reconciler.model.operations import (
    OWN_ACTS,
    AddContent,
    Join,
    Login,
    Operation,
    RemoveMember,
    RequestAccess,
    SetProjectRole,
)
from reconciler.model.organization import ContentItem, ContentKind
from reconciler.model.roles import Role
from reconciler.planning.plan import Cause, Plan
from reconciler.planning.planner import make_plan
from tests import postgres
from tests.laws.test_laws import NOW, ROOT, a_store, empty_database, founded, invariants_hold

__all__ = ["empty_database"]
MOST_SENDS = 3
EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "15"))
WHO = st.sampled_from([Email(f"p{n}@acme.example") for n in range(4)])
PROJECT = st.sampled_from(["web", "ios"])
ROLE = st.sampled_from(["viewer", "member", "manager", "admin"])
DAYS = st.integers(0, 45)


def new_address(who: str) -> Email:
    return Email(who.replace("acme", "new"))


class Life(RuleBasedStateMachine):
    """One organization from its first day on."""

    fresh: ClassVar[Callable[[], AbstractContextManager[tuple[Store, Path]]]]
    """A store that holds acme with its founder, and a folder for the files."""

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.store: Store
        self.store, self.folder = self.stack.enter_context(type(self).fresh())
        self.now = NOW
        self.items = 0
        self.members: dict[Email, dict[str, Any]] = {}
        self.leaving: dict[Email, bool] = {}
        self.receivers: dict[Email, Email] = {}
        self.changing: set[Email] = set()
        self.denied: set[Email] = set()

    def teardown(self) -> None:
        self.stack.close()

    # --- the file -------------------------------------------------------------------------------

    @rule(who=WHO, project=PROJECT, role=ROLE, until=st.none() | DAYS, all_of_it=st.booleans())
    def declare(
        self, who: Email, project: str, role: str, until: int | None, all_of_it: bool
    ) -> None:
        end = {} if until is None else {"until": self._day(until)}
        member: dict[str, Any] = {"projects": {project: {"role": role, **end}}}
        self.members[who] = {**member, **end} if all_of_it else member
        self.denied.discard(who)

    @rule(who=WHO, leave=st.booleans())
    def undeclare(self, who: Email, leave: bool) -> None:
        self.members.pop(who, None)
        self.changing.discard(who)
        self.leaving[who] = leave

    @rule(who=WHO, receiver=WHO)
    def say_who_receives(self, who: Email, receiver: Email) -> None:
        self.receivers[who] = receiver

    @rule(who=WHO)
    def change_address_or_withdraw_it(self, who: Email) -> None:
        if who in self.members:
            self.changing ^= {who}

    @rule(who=WHO)
    def deny(self, who: Email) -> None:
        if who not in self.members and who not in self.changing:
            self.denied.add(who)

    def _day(self, days: int) -> date:
        return self.now.date() + timedelta(days=days)

    def _document(self) -> dict[str, Any]:
        gone = {w: leave for w, leave in self.leaving.items()}
        # Whoever can leave has a decision on their content, so that no plan lacks one.
        everybody = {w: gone.get(w, False) for n in range(4)
                     for w in (Email(f"p{n}@acme.example"), Email(f"p{n}@new.example"))}
        kept = {w for w, m in self.members.items() if "until" not in m}
        involved = kept | {new_address(w) for w in kept & self.changing}
        return {
            "apiVersion": "reconciler/v1", "organization": "acme", "tier": "enterprise",
            "settings": {"project_level_permissions": True, "access_requests": True},
            "projects": {"web": None, "ios": None},
            "members": {str(ROOT): {"role": "admin"}, **{str(w): m for w, m in
                                                         self.members.items()}},
            "departures": {
                str(w): ({"leave_content": "unassigned"} if leave else
                         {"transfer_content_to": str(self._receiver_of(w))})
                for w, leave in everybody.items() if w not in involved},
            "email_changes": [{"from": str(w), "to": str(new_address(w))}
                              for w in sorted(self.changing)],
            "access_requests": {"deny": sorted(map(str, self.denied))},
        }

    def _receiver_of(self, who: Email) -> Email:
        receiver = self.receivers.get(who, ROOT)
        return ROOT if receiver == who else receiver

    # --- people ---------------------------------------------------------------------------------

    @rule(days=DAYS)
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(who=WHO, new=st.booleans())
    def join(self, who: Email, new: bool) -> None:
        self._do(Join(new_address(who) if new else who))

    @rule(who=WHO, new=st.booleans())
    def login(self, who: Email, new: bool) -> None:
        self._do(Login(new_address(who) if new else who))

    @rule(who=WHO)
    def ask_to_join(self, who: Email) -> None:
        self._do(RequestAccess(who))

    @rule(who=WHO, project=PROJECT, role=ROLE)
    def edit_by_hand(self, who: Email, project: str, role: str) -> None:
        self._do(SetProjectRole(who, project, Role(role)))

    @rule(who=WHO)
    def remove_by_hand(self, who: Email) -> None:
        self._do(RemoveMember(who))

    @rule(who=WHO, project=PROJECT)
    def make_content(self, who: Email, project: str) -> None:
        self.items += 1
        self._do(AddContent(ContentItem(
            id=f"c{self.items}", kind=ContentKind.CHART, title="T", project=project, owner=who)))

    @rule(who=WHO, project=PROJECT, joins=st.booleans())
    def live_through_a_change(self, who: Email, project: str, joins: bool) -> None:
        """The long road, which chance alone seldom takes: in, at work, and then another address."""
        self.denied.discard(who)
        self.members[who] = {"projects": {project: "member"}}
        self.run(cut=None)
        self.join(who, new=False)
        self.make_content(who, project)
        self.changing.add(who)
        self.run(cut=None)
        if joins:
            self.join(who, new=True)

    def _do(self, operation: Operation) -> None:
        actor = None if isinstance(operation, OWN_ACTS) else ROOT
        try:
            self.store.perform("acme", [Step(operation=operation)], actor=actor, now=self.now)
        except ReconcilerError:
            return

    # --- runs -----------------------------------------------------------------------------------

    @rule(cut=st.none() | st.integers(0, 6))
    def run(self, cut: int | None) -> None:
        self._do(Login(ROOT))
        plan = self._plan()
        self._is_told(plan)
        if not plan.applyable:
            # What nobody has decided: whose address is to change has gone (R02), whoever receives
            # leaves as well (R30), or has no role on a project where the content is (R32).
            assert {f.rule for f in plan.findings if f.severity == "error"} <= {
                "R02", "R30", "R32"}, plan.findings
            return
        if cut is not None:
            self._stop_after(plan, cut)
            plan = self._plan()
            assert plan.applyable
        before = self._owners()
        apply_plan(plan, self.store, actor=ROOT, now=self.now,
                   confirmed=frozenset({"transfers"}))
        for item, owner in self._owners().items():
            if owner is None and before.get(item) is not None:
                assert self.leaving.get(before[item] or ROOT), f"{item} lost its owner"
        second = self._plan()
        assert second.empty, [c.key for c in second.changes]
        assert self._plan().digest == second.digest
        self._is_told(second)

    def _is_told(self, plan: Plan) -> None:
        """Whoever keeps an eye on it is told as long as a plan has something to do, or none may
        be made, and is left alone otherwise."""
        with self.store.reader("acme") as reader:
            report, pending = watch(load(self.folder / "org.yaml"), reader, now=self.now)
        assert (report.found or bool(pending.number)) is (not plan.empty or plan.refused)
        told = {c.key for c in plan.changes if c.cause in (Cause.PENDING, Cause.EXPIRY)}
        assert told <= {left.change.key for left in pending.left} <= {c.key for c in plan.changes}

    def _stop_after(self, plan: Plan, cut: int) -> None:
        steps = [Step(operation=c.operation, precondition=c.before) for c in plan.changes[:cut]]
        self.store.perform("acme", steps, actor=ROOT, now=self.now)
        invariants_hold(self.store)

    def _plan(self) -> Plan:
        path = self.folder / "org.yaml"
        path.write_text(yaml.safe_dump(self._document()))
        with self.store.reader("acme") as reader:
            return make_plan(load(path), reader, actor=ROOT, now=self.now)

    def _owners(self) -> dict[str, Email | None]:
        with self.store.reader("acme") as reader:
            return {item.id: item.owner for item in reader.content()}

    # --- what always holds ----------------------------------------------------------------------

    @invariant()
    def no_rule_is_broken(self) -> None:
        if hasattr(self, "store"):
            invariants_hold(self.store)

    @invariant()
    def nobody_is_invited_more_often_than_the_policy_allows(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.reader("acme") as reader:
            members = reader.members(reader.emails())
        assert all(m.invitations_sent <= MOST_SENDS for m in members.values())


def _hunt(
    fresh: Callable[[], AbstractContextManager[tuple[Store, Path]]], examples: int
) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    class There(Life):
        pass

    There.fresh = staticmethod(fresh)
    run_state_machine_as_test(There, settings=settings(
        max_examples=examples, stateful_step_count=15, deadline=None,
        suppress_health_check=list(HealthCheck)))


def test_over_time_runs_converge_and_nobody_loses_what_nobody_chose(
    empty_database: Path,
) -> None:
    _hunt(lambda: a_store(empty_database), EXAMPLES)


def test_over_time_the_same_holds_on_postgresql(
    postgresql_server: postgres.Server, tmp_path: Path
) -> None:
    """On the server every example takes longer."""
    @contextmanager
    def fresh() -> Iterator[tuple[Store, Path]]:
        with postgresql_server.database() as url:
            yield founded(url), tmp_path

    _hunt(fresh, max(1, EXAMPLES // 5))


pytestmark = pytest.mark.filterwarnings("error")
