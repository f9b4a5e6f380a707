"""The law of drift: random histories are classified as three snapshots, compared slowly, say.

The oracle looks at every element in three dictionaries: as the last run left it, as it is, and as
it is declared. It knows nothing of audit logs, plans or what moved.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from reconciler.applying.apply import apply_plan
from reconciler.desired.export import export_yaml
from reconciler.desired.load import load
from reconciler.drift.classify import find_drift
from reconciler.drift.report import DriftKind, DriftReport
from reconciler.live.ports import Step
from reconciler.live.sql.store import SqlStore
from reconciler.model import elements
from reconciler.model import operations as op
from reconciler.model.elements import Aspect, Element, Elements, Value
from reconciler.model.errors import ReconcilerError
from reconciler.model.values import UNSET, Unset
from reconciler.planning.planner import make_plan
from tests.domain import ADA, NOW
from tests.live.living import Live, an_org_in
from tests.rules.test_random_operations import ARGUMENTS

EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "25"))
# What makes a case fail is rarely told by its length: shrinking a history takes minutes.
PHASES = [p for p in Phase if p is not Phase.shrink]
_CONVENIENCE: Final = (Aspect.NAME, Aspect.TEAM, Aspect.DEFAULT_PROJECT, Aspect.TEAM_SPACE)
_EXISTENCE: Final = (Aspect.MEMBERSHIP, Aspect.EXISTENCE)
WHEN = NOW + timedelta(days=1)


# Content grants nothing; what changes the meaning of all roles has tests of its own.
_APART: Final = (op.AddContent, op.TransferContent, op.MigrateDomain)
_OFTEN: Final = (op.SetProjectRole, op.SetGroupRole, op.SetRole, op.SetTeam, op.SetDefaultProject)
"""What has several values that both sides can choose from."""
an_edit = st.one_of(
    *(st.builds(kind, *ARGUMENTS[kind]) for kind in _OFTEN * 4),
    st.builds(op.ChangeSetting, st.sampled_from(["access_requests", "sso", "managers_may_invite"]),
              st.booleans()),
    *(st.builds(kind, *given_) for kind, given_ in ARGUMENTS.items() if kind not in _APART))
edits = st.lists(an_edit, min_size=15, max_size=40)


@pytest.fixture(scope="module")
def a_populated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which much can happen."""
    path = tmp_path_factory.mktemp("drift") / "populated.db"
    live = an_org_in(f"sqlite:///{path}", access_requests=True)
    live.admin("bob").member("sam", mobile="member").member("kim", web="manager", default="web")
    live.group("analysts", "sam", "kim", mobile="viewer", web="member")
    return path


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow],
          phases=PHASES)
@given(edits, edits)
def test_random_histories_are_classified_as_a_slow_oracle_does(
    a_populated_file: Path, by_hand: list[op.Operation], in_the_files: list[op.Operation]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        live = open_copy(a_populated_file, Path(folder) / "live.db")
        path = Path(folder) / "org.yaml"
        declare(live, path)
        run(live, path)
        left = snapshot(live)
        other = open_copy(Path(folder) / "live.db", Path(folder) / "other.db")
        perform(other, in_the_files)
        declare(other, path)
        declared = snapshot(other)
        perform(live, by_hand)
        report = drift(live, path)
        expected = oracle(left, snapshot(live), declared)
        for kind in expected.values():
            event(kind)
        said = told(report)
        wrong = [(e, v, expected.get(e), left.get(e), snapshot(live).get(e), declared.get(e))
                 for e, v in said.items() if v != expected.get(e)]
        assert not wrong
        assert said == expected
        assert {i.subject for i in report.items if i.kind is DriftKind.PENDING} == (
            pending(left, snapshot(live), declared))


def oracle(left: Elements, now: Elements, declared: Elements) -> dict[Element, str]:
    """What each element is that moved in the store; somebody who came or went is one thing."""
    found: dict[Element, str] = {}
    whole: dict[str, str] = {}
    for element in {*left, *now}:
        if element.aspect in _EXISTENCE and left.get(element) != now.get(element):
            whole[element.subject] = of_whole(element, left, now, declared)
    for element in {*left, *now}:
        if left.get(element) == now.get(element):
            continue
        kind = whole.get(element.subject, "")
        found[element] = kind if kind not in ("", "converged") else of_one(
            left.get(element), now.get(element), wanted(element, declared))
        if kind == "converged" and found[element] == "unmanaged":
            found[element] = kind  # it is told with the person, who is as declared
    return found


def of_one(was: Value, value: Value, want: Value | Unset) -> str:
    if isinstance(want, Unset):
        return "unmanaged"
    if value == want:
        return "converged"
    return "drift" if want == was else "conflict"


def of_whole(there: Element, left: Elements, now: Elements, declared: Elements) -> str:
    want = wanted(there, declared)
    if isinstance(want, Unset):
        return "unmanaged"
    if now.get(there) == want:
        return "converged"
    if want != left.get(there):
        return "conflict"
    if want is None:
        return "drift"
    # Declared, and gone: the same as before, or something else?
    subject = there.subject
    before = {e: v for e, v in left.items() if e.subject == subject}
    wants = {e: v for e, v in declared.items() if e.subject == subject}
    same = all(before.get(e) == wants.get(e) for e in {*before, *wants}
               if e.aspect not in _CONVENIENCE or (e in before and e in wants))
    if not same:
        return "conflict"
    return "vanished" if there.aspect is Aspect.MEMBERSHIP else "drift"


def wanted(element: Element, declared: Elements) -> Value | Unset:
    """What the files say of an element: those of an export say all but conveniences that are not
    there, and people's own team spaces, and things that hold content."""
    if element in declared:
        return declared[element]
    if ":" in element.subject:
        return None if element.subject.startswith("group:") else UNSET
    declares_them = there_of(element) in declared
    return UNSET if element.aspect in _CONVENIENCE and declares_them else None


def pending(left: Elements, now: Elements, declared: Elements) -> set[str]:
    """Whom and what only the files changed."""
    found = set()
    for element in {*left, *now, *declared}:
        want = wanted(element, declared)
        stays = left.get(element) == now.get(element)
        there = there_of(element)
        whole = left.get(there) != now.get(there) != wanted(there, declared)
        if stays and not whole and not isinstance(want, Unset) and want != now.get(element):
            found.add(element.subject)
    return found


def there_of(element: Element) -> Element:
    return Element(element.subject, Aspect.EXISTENCE if ":" in element.subject
                   else Aspect.MEMBERSHIP)


def told(report: DriftReport) -> dict[Element, str]:
    """The kind that the report gives every element that moved."""
    found: dict[Element, str] = {}
    for item in report.items:
        for movement in item.moved:
            found.setdefault(movement.element, str(item.kind))
    return found


# --- stores -----------------------------------------------------------------------------------


def open_copy(path: Path, copy: Path) -> Live:
    shutil.copy(path, copy)
    return Live(SqlStore.open(f"sqlite:///{copy}"))


def declare(live: Live, path: Path) -> None:
    """Write the organization as it is in this store as YAML."""
    with live.store.reader("acme") as reader:
        members = reader.members(reader.emails()).values()
        (text,) = export_yaml(reader.frame(), members, files=False).values()
    path.write_text(text)


def run(live: Live, path: Path) -> None:
    with live.store.reader("acme") as reader:
        plan = make_plan(load(path), reader, actor=ADA, now=NOW)
    assert plan.empty
    apply_plan(plan, live.store, actor=ADA, now=NOW)


def perform(live: Live, operations: Iterable[op.Operation]) -> None:
    """What the store allows of it, by ada or by the people themselves."""
    for operation in operations:
        own = isinstance(operation, op.OWN_ACTS)
        try:
            live.store.perform("acme", [Step(operation=operation)], actor=None if own else ADA,
                               now=WHEN)
        except ReconcilerError:
            continue


def drift(live: Live, path: Path) -> DriftReport:
    with live.store.reader("acme") as reader:
        return find_drift(load(path), reader, now=WHEN)


def snapshot(live: Live) -> dict[Element, Any]:
    """Every element of the store, read anew."""
    with live.store.reader("acme") as reader:
        made = elements.of_frame(reader.frame())
        for member in reader.members(reader.emails()).values():
            made |= elements.of_member(replace(member))
    return made
