"""A saved plan is run exactly as it was reviewed, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from pydantic import TypeAdapter

from reconciler.model.email import Email
from reconciler.model.errors import InvalidInput, LimitExceeded, Refused, Stale, Unapproved
from reconciler.model.images import image
from reconciler.model.operations import (
    Invite,
    Join,
    Operation,
    RemoveMember,
    SetProjectRole,
    SetRole,
)
from reconciler.model.organization import Access
from reconciler.model.roles import Role
from reconciler.planning.document import digest_of, from_json, plan_schema, to_json
from reconciler.planning.plan import Plan
from reconciler.planning.planner import sealed
from reconciler.planning.schema import PLANNED, ImageDocument
from tests.domain import an_org
from tests.planning.house import House, email, keys
from tests.rules.test_authority import EVERYTHING

TEAM = """
    groups: {devs: {projects: {web: member}}}
    members:
      ada@acme.example: {role: admin}
      bob@acme.example: {role: admin}
      sam@acme.example: {groups: [devs], projects: {ios: viewer}}
"""
CHANGED = TEAM.replace("{ios: viewer}", "{ios: manager}")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path).is_live(TEAM, joined="bob sam")


def forged(plan: Plan, operation: object) -> Plan:
    """The plan with its only change replaced, and a digest that fits."""
    (change,) = plan.changes
    return sealed(replace(plan, changes=(replace(change, operation=operation),)))  # type: ignore[arg-type]


def test_the_same_inputs_give_the_same_bytes(house: House) -> None:
    house.declares(CHANGED)
    assert to_json(house.plan()) == to_json(house.plan())


def test_a_plan_comes_back_from_its_file_as_it_was(house: House) -> None:
    plan = house.declares(CHANGED + "      new@acme.example: {groups: [devs], name: New}\n").plan()
    assert from_json(to_json(plan)) == plan
    jsonschema.validate(json.loads(to_json(plan)), plan_schema())


def test_the_published_schema_is_that_of_the_code() -> None:
    published = Path(__file__).parents[2] / "schemas" / "plan.schema.json"
    assert json.loads(published.read_text()) == plan_schema(), (
        "run: reconciler schema plan > schemas/plan.schema.json")


def test_a_saved_plan_applies_once(house: House) -> None:
    plan = from_json(to_json(house.declares(CHANGED).plan()))
    assert house.apply(plan).changes == 1
    with pytest.raises(Stale, match="applied already"):
        house.apply(plan)


@pytest.mark.parametrize("path", [("actor",), ("changes", 0, "operation", "role"),
                                  ("changes", 0, "before", "project_role"), ("organization",)])
def test_an_altered_plan_is_refused(house: House, path: tuple[str | int, ...]) -> None:
    document = json.loads(to_json(house.declares(CHANGED).plan()))
    part = document
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = "admin"
    with pytest.raises(Stale, match="altered"):
        from_json(json.dumps(document))


def test_an_unknown_format_is_refused(house: House) -> None:
    document = json.loads(to_json(house.plan()))
    with pytest.raises(InvalidInput, match="format"):
        from_json(json.dumps({**document, "format_version": "9.0"}))


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", "[" * 100_000, "null", '{"a":1,"a":2}'])
def test_what_is_no_plan_is_refused_without_a_crash(text: str) -> None:
    with pytest.raises(InvalidInput):
        from_json(text)


def test_a_plan_with_a_missing_field_is_refused_though_its_digest_fits(house: House) -> None:
    plan = house.declares(CHANGED).plan()
    document = json.loads(to_json(plan))
    del document["losses"]
    from reconciler.planning import document as module

    document["digest"] = module._digest(document)
    with pytest.raises(InvalidInput, match="losses"):
        from_json(json.dumps(document))


@pytest.mark.parametrize(("side", "wrong"), [
    ("before", {"project_role": ["viewer"]}), ("before", {"project_role": "boss"}),
    ("after", {"project_role": {}}), ("before", {"groups_give": {"devs": 7}}),
    ("before", {"groups_give": "devs"}), ("after", {"member": {"role": "user", "groups": "devs"}}),
    ("before", {"content": {"web": 3}}), ("before", {"unheard_of": None}),
])
def test_an_image_of_another_shape_is_no_plan_though_its_digest_fits(
    house: House, side: str, wrong: dict[str, object]
) -> None:
    plan = house.declares(CHANGED).plan()
    document = json.loads(to_json(sealed(replace(plan, changes=tuple(
        replace(c, **{side: wrong}) for c in plan.changes)))))
    with pytest.raises(InvalidInput, match=rf"no valid plan: changes\.0\.{side}\."):
        from_json(json.dumps(document))


@pytest.mark.parametrize(
    "operation", [o for o in EVERYTHING if isinstance(o, PLANNED)], ids=lambda o: o.kind)
def test_every_image_that_an_operation_has_is_of_the_published_shape(operation: Operation) -> None:
    org = an_org(access_requests=True).admin("ada").member("bob")
    org.group("analysts", web="member", spaces=["growth"])
    org.member("sam", groups=["analysts"], spaces=["growth"], default="web", team="Data",
               web="viewer").content("c", owner="sam").pending("kim").requesting("eve")
    shape = TypeAdapter(ImageDocument)
    before = image(org.world, operation)
    after = image(org.do(operation).world, operation)
    for found in (before, after):
        shape.validate_python(json.loads(json.dumps(found)))


def test_an_expired_plan_is_refused(house: House) -> None:
    plan = house.declares(CHANGED).plan()
    house.later(days=15)
    with pytest.raises(Stale, match="expired"):
        house.apply(plan)


def test_a_plan_that_claims_to_live_longer_than_plans_do_is_refused(house: House) -> None:
    plan = house.declares(CHANGED).plan()
    with pytest.raises(Stale, match="altered"):
        house.apply(replace(plan, expires_on=plan.expires_on + timedelta(days=1)))


def test_a_plan_for_another_organization_is_refused(house: House) -> None:
    plan = house.declares(CHANGED).plan()
    with pytest.raises(Stale, match="does not hold"):
        house.apply(sealed(replace(plan, organization="other")))


def test_a_plan_is_stale_when_what_it_changes_has_moved(house: House) -> None:
    plan = house.declares(CHANGED).plan()
    house.does(SetProjectRole(email("sam"), "ios", Role.ADMIN), by="bob")
    with pytest.raises(Stale, match=r"bob@acme\.example"):
        house.apply(plan)


def test_movement_elsewhere_does_not_make_a_plan_stale(house: House) -> None:
    plan = house.declares(CHANGED).plan()
    house.does(SetProjectRole(email("sam"), "web", Role.ADMIN), by="bob")
    assert house.apply(plan).changes == 1


@pytest.mark.parametrize(("operation", "rule"), [
    (SetRole(email("ada"), Role.USER), "R15"),
    (SetProjectRole(email("sam"), "web", Role.VIEWER), "R21"),
    (SetProjectRole(email("sam"), "nowhere", Role.VIEWER), "R02"),
    (SetProjectRole(email("ghost"), "web", Role.VIEWER), "R01"),
    (Invite(Email("NOT AN EMAIL"), Access(role=Role.USER)), "R01"),
    (Invite(email("new"), Access(role=Role.MANAGER)), "R04"),
    (Invite(email("new"), Access(role=Role.USER, default_project="web")), "R05"),
])
def test_a_forged_plan_is_refused_by_the_store_itself(
    house: House, operation: SetRole | SetProjectRole | Invite, rule: str
) -> None:
    plan = from_json(to_json(forged(house.declares(CHANGED).plan(), operation)))
    with pytest.raises((Refused, Stale)) as refused:
        house.apply(_with_true_precondition(house, plan))
    assert rule in {f.rule for f in refused.value.findings}


def _with_true_precondition(house: House, plan: Plan) -> Plan:
    """The forger also knows what the store holds."""
    from reconciler.model.images import image
    from reconciler.model.world import World

    (change,) = plan.changes
    with house.store.reader("acme") as reader:
        before = image(World(reader.frame(), reader), change.operation)
    return sealed(replace(plan, changes=(replace(change, before=before),)))


def test_a_forged_plan_cannot_go_round_the_limits(house: House) -> None:
    people = "".join(f"      p{n}@acme.example: {{}}\n" for n in range(8))
    house.is_live(TEAM + people, joined=" ".join(f"p{n}" for n in range(8)))
    plan = house.declares(CHANGED + people).plan()
    (change,) = plan.changes
    removals = tuple(
        replace(change, key=f"remove-member:p{n}", operation=RemoveMember(email(f"p{n}")),
                before={"member": {"state": "joined", "role": "user"}}, after={"member": None})
        for n in range(8))
    many = sealed(replace(plan, changes=removals, members_observed=1000))
    with pytest.raises(LimitExceeded):
        house.apply(many)
    assert house.member("p0") is not None


def test_the_digest_covers_all_but_the_date(house: House) -> None:
    plan = house.declares(CHANGED).plan()
    assert digest_of(replace(plan, expires_on=plan.expires_on + timedelta(days=3))) == plan.digest
    assert digest_of(replace(plan, actor=None)) != plan.digest
    assert digest_of(replace(plan, members_observed=7)) != plan.digest


def test_a_transfer_must_be_confirmed_by_name(house: House) -> None:
    house.is_live(TEAM + "      old@acme.example: {projects: {ios: viewer}}\n", joined="old")
    house.has_content("old", "ios")
    plan = house.declares(TEAM + """
    departures: {old@acme.example: {transfer_content_to: sam@acme.example}}
    """).plan()
    with pytest.raises(Unapproved, match="R34"):
        house.apply(plan, confirm="")
    assert house.member("old") is not None
    house.apply(plan, confirm="transfers")
    assert house.content_of("sam") == ["old-ios-0"]


def test_nothing_is_written_when_one_change_of_many_is_refused(house: House) -> None:
    plan = house.declares(CHANGED + "      new@acme.example: {}\n").plan()
    bad = [replace(c, operation=SetProjectRole(email("sam"), "ios", Role.USER))
           if "project" in c.key else c for c in plan.changes]
    with pytest.raises(Refused):
        house.apply(sealed(replace(plan, changes=tuple(bad))))
    assert house.member("new") is None
    assert keys(house.plan()) == keys(plan)


def test_a_person_who_joined_meanwhile_does_not_disturb_the_plan(house: House) -> None:
    house.is_live(TEAM + "      new@acme.example: {}\n")
    plan = house.declares(
        TEAM + "      new@acme.example: {projects: {web: viewer}}\n").plan()
    house.does(Join(email("new")))
    assert house.apply(plan).changes == 1


def test_a_plan_cannot_call_a_transfer_reversible(house: House) -> None:
    house.is_live(TEAM + "      old@acme.example: {projects: {ios: viewer}}\n", joined="old")
    house.has_content("old", "ios")
    plan = house.declares(TEAM + """
    departures: {old@acme.example: {transfer_content_to: sam@acme.example}}
    """).plan()
    lying = sealed(replace(plan, changes=tuple(replace(c, reversible=True)
                                               for c in plan.changes)))
    with pytest.raises(Unapproved):
        house.apply(lying, confirm="")


def test_a_plan_cannot_show_another_outcome_than_it_has(house: House) -> None:
    plan = house.declares(CHANGED).plan()
    (change,) = plan.changes
    lying = sealed(replace(plan, changes=(replace(change, after={"project_role": "viewer"}),)))
    with pytest.raises(Stale, match="altered"):
        house.apply(lying)
