"""Frozen maps, findings, errors and roles: values that do not change under anybody's hands."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import operations, organization
from reconciler.model.errors import (
    Exit,
    InvalidInput,
    LimitExceeded,
    Locked,
    ReconcilerError,
    Refused,
    Stale,
    Unapproved,
    Unreachable,
)
from reconciler.model.finding import Finding, Location, Severity, errors, in_order
from reconciler.model.roles import (
    RANK,
    Role,
    at_least,
    converted_role,
    default_role,
    highest,
    organization_roles,
)
from reconciler.model.values import NO_ENTRIES, UNSET, FrozenMap, frozen_map

CHANGES: dict[str, Callable[[dict[str, int]], object]] = {
    "set": lambda m: m.__setitem__("a", 2),
    "delete": lambda m: m.__delitem__("a"),
    "clear": lambda m: m.clear(),
    "pop": lambda m: m.pop("a"),
    "popitem": lambda m: m.popitem(),
    "setdefault": lambda m: m.setdefault("b", 2),
    "update": lambda m: m.update(b=2),
    "merge": lambda m: m.__ior__({"b": 2}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_frozen_map_refuses_every_change(change: str) -> None:
    frozen = FrozenMap({"a": 1})
    with pytest.raises(TypeError, match="does not change"):
        CHANGES[change](frozen)
    assert frozen == {"a": 1}


def test_every_way_to_change_a_dict_is_tried_above() -> None:
    own = {"copy", "fromkeys", "get", "items", "keys", "values"}
    changing = {name for name in vars(dict) if not name.startswith("__")} - own
    assert changing == {"clear", "pop", "popitem", "setdefault", "update"}


@given(st.dictionaries(st.text(max_size=3), st.integers()), st.text(max_size=3), st.integers())
def test_a_frozen_map_makes_others_and_stays(
    entries: dict[str, int], key: str, value: int
) -> None:
    frozen = frozen_map(entries)
    assert frozen.having(key, value) == {**entries, key: value}
    assert frozen.without(key) == {k: v for k, v in entries.items() if k != key}
    assert frozen == entries
    assert hash(frozen) == hash(frozen_map(reversed(entries.items())))
    assert pickle.loads(pickle.dumps(frozen)) == frozen
    assert copy.copy(frozen) is copy.deepcopy(frozen) is frozen


def test_there_is_one_empty_frozen_map_and_one_unset() -> None:
    assert frozen_map({}) is NO_ENTRIES
    assert copy.deepcopy(UNSET) is UNSET
    assert repr(UNSET) == "UNSET"


VALUES = [*operations.OPERATIONS, *(
    value for value in vars(organization).values()
    if isinstance(value, type) and dataclasses.is_dataclass(value))]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: v.__name__)
def test_every_noun_and_operation_is_frozen_slotted_and_holds_only_frozen_values(
    value: Any,
) -> None:
    assert value.__dataclass_params__.frozen
    assert "__slots__" in vars(value)
    for field in dataclasses.fields(value):
        declared = str(field.type)
        assert not declared.startswith(("dict", "list", "set")), f"{value.__name__}.{field.name}"


# --- roles ---------------------------------------------------------------------------------------

ROLES = st.one_of(st.none(), st.sampled_from(list(Role)))


def test_roles_rise_from_user_to_admin() -> None:
    assert sorted(Role, key=RANK.__getitem__) == [
        Role.USER, Role.VIEWER, Role.MEMBER, Role.MANAGER, Role.ADMIN]
    assert organization_roles(True) == (Role.USER, Role.ADMIN)
    assert organization_roles(False) == (Role.VIEWER, Role.MEMBER, Role.MANAGER, Role.ADMIN)
    assert (default_role(True), default_role(False)) == (Role.USER, Role.VIEWER)


@given(ROLES, ROLES, ROLES)
def test_the_highest_of_roles_is_one_of_them_whatever_the_order(
    one: Role | None, two: Role | None, three: Role | None
) -> None:
    assert highest(one, two) == highest(two, one)
    assert highest(highest(one, two), three) == highest(one, highest(two, three))
    assert highest(one, two) in (one, two)
    assert highest(one, None) == one


@pytest.mark.parametrize("floor", list(Role))
def test_a_role_reaches_itself_and_what_is_below_and_no_role_reaches_nothing(floor: Role) -> None:
    reached = [role for role in Role if at_least(role, floor)]
    assert reached == list(Role)[RANK[floor]:]
    assert not at_least(None, floor)


@given(st.sampled_from(list(Role)), st.booleans())
def test_turning_the_switch_makes_nobody_admin_and_leaves_a_role_of_the_mode(
    role: Role, switch: bool
) -> None:
    converted = converted_role(role, switch)
    assert converted in organization_roles(switch)
    assert (converted is Role.ADMIN) == (role is Role.ADMIN)


# --- findings and errors -------------------------------------------------------------------------


def finding(rule: str, **more: Any) -> Finding:
    return Finding(rule=rule, what="it is so", how="do that", **more)


def test_findings_are_shown_by_place_then_rule_and_each_once() -> None:
    late = finding("R01", location=Location("b.yaml", 1))
    early = finding("R20", location=Location("a.yaml", 10, 2))
    earlier = finding("R30", location=Location("a.yaml", 9))
    nowhere = finding("R02")
    assert in_order([nowhere, late, early, late, earlier]) == (earlier, early, late, nowhere)


def test_a_finding_reads_as_place_rule_what_and_way_out() -> None:
    assert str(finding("R01", location=Location("a.yaml", 3, 5))) == (
        "a.yaml:3:5: R01 it is so (do that)")
    assert str(finding("R32", severity=Severity.WARNING)) == "R32 warning: it is so (do that)"
    assert str(Location("a.yaml")) == "a.yaml"


def test_warnings_do_not_refuse() -> None:
    hard, soft = finding("R01"), finding("R32", severity=Severity.WARNING)
    assert errors([soft, hard]) == [hard]


@pytest.mark.parametrize(("error", "code"), [
    (ReconcilerError, 1), (InvalidInput, 3), (Refused, 4), (Unapproved, 5), (Stale, 6),
    (LimitExceeded, 7), (Locked, 8), (Unreachable, 10),
])
def test_every_error_has_its_exit_code(error: type[ReconcilerError], code: int) -> None:
    assert error("no").exit == code
    assert {e.value for e in Exit} == {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130}
