"""A declared domain migration, from the first plan to the renamed files."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.errors import Stale, Unapproved
from reconciler.model.operations import AddContent, ChangeSetting, CreateSpace, Invite, Join, Login
from reconciler.model.organization import ContentItem, ContentKind
from reconciler.planning.plan import Plan, Risk
from tests.domain import access
from tests.planning.house import HEAD, House, email, rules

NEW = "ada@new.example"
PEOPLE = """
    members:
      ada@acme.example: {role: admin}
      bob@acme.example: {projects: {web: manager}, default_project: web}
      lou@other.example: {projects: {web: viewer}}
    """
MIGRATION = """
    domain_migration: {from: acme.example, to: new.example}
    """
ACCEPTED = """
    domain_migration: {from: acme.example, to: new.example, accept_loss_of_personal_spaces: true}
    """


@pytest.fixture
def house(tmp_path: Path) -> House:
    """ada and bob at acme.example, lou at other.example; bob has a chart in a team space."""
    return House(tmp_path).is_live(PEOPLE, joined="bob lou@other.example").does(
        CreateSpace("core", "Core")).does(an_item("shared", "core"))


def an_item(id_: str, space: str | None) -> AddContent:
    return AddContent(ContentItem(id=id_, kind=ContentKind.CHART, title=id_, project="web",
                                  space=space, owner=email("bob")))


def kinds(plan: Plan) -> list[str]:
    return [c.operation.kind for c in plan.changes]


def said(plan: Plan, code: str) -> list[str]:
    return [n.text for n in plan.notes if n.code == code]


def refused_for(plan: Plan) -> str:
    assert not plan.applyable
    return "\n".join(str(f) for f in plan.findings)


# --- while it is to be done ----------------------------------------------------------------------


def test_the_migration_is_alone_in_its_plan_and_says_what_goes_along(house: House) -> None:
    house.declares(PEOPLE.replace("manager", "admin") + MIGRATION)
    plan = house.plan()
    assert plan.applyable
    assert kinds(plan) == ["migrate-domain"]
    [change] = plan.changes
    assert (change.risk, change.reversible, change.who_may) == (
        Risk.IRREVERSIBLE, False, "an org admin")
    assert str(change.source) == "org.yaml:12"
    assert change.before["members"]["bob@acme.example"] == {"carried": {"chart": 1}, "lost": 0}
    assert "everything else is left for the next run" in said(plan, "postponed")[0]
    assert plan.losses.removals == plan.losses.content_lost == 0


def test_a_migration_is_confirmed_by_its_own_name(house: House) -> None:
    house.declares(PEOPLE + MIGRATION)
    with pytest.raises(Unapproved, match="migrates a domain"):
        house.apply(confirm="transfers")
    house.apply(confirm="migration")
    assert house.member("bob") is None
    bob = house.member("bob@new.example")
    assert bob is not None
    assert (bob.projects["web"], bob.default_project, bob.last_login_at) == ("manager", "web", None)
    assert house.content_of("bob@new.example") == ["shared"]


def test_a_loss_must_be_accepted_where_the_migration_is_declared(house: House) -> None:
    house.does(an_item("mine", None)).does(an_item("mine2", None))
    house.declares(PEOPLE + MIGRATION)
    text = refused_for(house.plan())
    assert "org.yaml:12: R50" in text
    assert "bob@acme.example 2" in text
    assert "accept_loss_of_personal_spaces: true under domain_migration" in text
    plan = house.declares(PEOPLE + ACCEPTED).plan()
    assert plan.applyable
    assert plan.losses.content_lost == 2
    house.apply(plan, confirm="migration")
    assert house.content_of("bob@new.example") == ["shared"]


def test_sso_is_turned_off_first_where_the_file_says_so(house: House) -> None:
    house.does(ChangeSetting("sso", True))
    assert "SSO is on" in refused_for(house.declares(PEOPLE + MIGRATION).plan())
    off = HEAD.replace("access_requests: true", "access_requests: true, sso: false")
    plan = house.declares(PEOPLE + MIGRATION, head=off).plan()
    assert plan.applyable
    assert [c.key for c in plan.changes] == ["change-setting:setting:sso",
                                             "migrate-domain:domain:acme.example"]
    house.apply(plan, confirm="migration")
    assert house.member(NEW) is not None


def test_an_unknown_domain_is_refused_with_the_nearest_one(house: House) -> None:
    typo = PEOPLE + "domain_migration: {from: acne.example, to: new.example}\n"
    plan = house.declares(typo).plan()
    assert "did you mean acme.example?" in refused_for(plan)
    assert rules(plan) == ["R50"]


def test_a_domain_in_use_is_refused(house: House) -> None:
    to_other = PEOPLE + "domain_migration: {from: acme.example, to: other.example}\n"
    assert "other.example is in use: lou@other.example" in refused_for(
        house.declares(to_other).plan())


def test_only_an_admin_may(house: House) -> None:
    plan = house.declares(PEOPLE + MIGRATION).plan(by="bob")
    assert rules(plan) == ["R14"]


def test_content_made_since_the_review_makes_the_plan_stale(house: House) -> None:
    plan = house.declares(PEOPLE + ACCEPTED).plan()
    house.does(an_item("late", None))
    with pytest.raises(Stale, match="moved since the plan was made"):
        house.apply(plan, confirm="migration")


def test_files_may_have_the_new_addresses_already(house: House) -> None:
    renamed = (PEOPLE + MIGRATION).replace("@acme", "@new").replace("default_project: web", "")
    house.declares(renamed)
    plan = house.plan()
    assert kinds(plan) == ["migrate-domain"]
    house.apply(plan, confirm="migration")
    after = house.plan(by=NEW)
    assert kinds(after) == []
    assert said(after, "done") == [
        "acme.example is migrated to new.example: domain_migration can be taken out"]


# --- once it is done -----------------------------------------------------------------------------


@pytest.fixture
def migrated(house: House) -> House:
    house.declares(PEOPLE + MIGRATION).apply(confirm="migration")
    return house


def test_afterwards_the_old_addresses_plan_nothing_and_are_told(migrated: House) -> None:
    plan = migrated.plan(by=NEW)
    assert (plan.changes, plan.applyable) == ((), True)
    assert said(plan, "rename") == [
        "ada@acme.example is ada@new.example now: rename it under members",
        "bob@acme.example is bob@new.example now: rename it under members"]
    assert said(plan, "done") == [
        "acme.example is migrated to new.example: the files have 2 of the old addresses; rename "
        "them with `reconciler edit rename-domain PATH acme.example new.example`, then "
        "domain_migration can be taken out"]
    assert {str(n.source) for n in plan.notes if n.code == "rename"} == {
        "org.yaml:8", "org.yaml:9"}


def test_afterwards_what_was_postponed_is_planned_for_the_new_addresses(migrated: House) -> None:
    body = PEOPLE.replace("manager", "admin") + """
    departures: {}
    """ + MIGRATION
    plan = migrated.declares(body).plan(by=NEW)
    assert [c.key for c in plan.changes] == ["set-project-role:bob@new.example:web"]
    assert str(plan.changes[0].source) == "org.yaml:9"
    bob = "      bob@acme.example: {projects: {web: manager}, default_project: web}\n"
    assert bob in PEOPLE
    gone = PEOPLE.replace(bob, "") + """
    departures:
      bob@acme.example: {transfer_content_to: ada@acme.example}
    """ + MIGRATION
    plan = migrated.does(Invite(email("x@new.example"), access()), by=NEW).declares(gone).plan(
        by=NEW)
    assert {c.operation.subject for c in plan.changes} == {"x@new.example"}
    # Sessions ended with the migration: a receiver has to log in first.
    assert [(w.key, w.waits_for) for w in plan.waiting] == [
        ("transfer-content:bob@new.example", NEW),
        ("remove-member:bob@new.example", NEW)]


def test_of_many_addresses_some_are_told_and_the_rest_is_counted(migrated: House) -> None:
    many = "".join(f"      p{n:02}@acme.example: {{}}\n" for n in range(40))
    plan = migrated.declares(PEOPLE.rstrip(" ") + many + MIGRATION).plan(by=NEW)
    told = said(plan, "rename")
    assert len(told) == 20
    assert "the files have 42 of the old addresses" in said(plan, "done")[0]
    assert len(plan.changes) == 40
    assert all(c.operation.subject.endswith("@new.example") for c in plan.changes)


def test_afterwards_nobody_else_may_move_in_and_back(migrated: House) -> None:
    migrated.does(Invite(email("zoe"), access()), by=NEW).does(Join(email("zoe")), by="zoe")
    text = refused_for(migrated.plan(by=NEW))
    assert "acme.example was migrated to new.example on 2026-03-01" in text


def test_without_a_migration_nobody_is_asked_about_domains(house: House) -> None:
    plan = house.declares(PEOPLE).plan()
    assert not [n for n in plan.notes if n.code in ("rename", "postponed")]


def test_afterwards_the_old_addresses_in_the_policy_mean_the_new_ones(house: House) -> None:
    house.policy("""\
        protected_members: [bob@acme.example]
        removals: {default_receiver: ada@acme.example}
        """).apply()
    house.declares(PEOPLE + MIGRATION).apply(confirm="migration")
    plan = house.plan(by=NEW)
    assert kinds(plan) == []
    assert rules(plan) == []
    told = said(plan, "rename")
    assert "bob@acme.example is bob@new.example now: rename it under protected_members" in told
    assert "ada@acme.example is ada@new.example now: rename it under default_receiver" in told
    bob = "      bob@acme.example: {projects: {web: manager}, default_project: web}\n"
    house.does(Login(email(NEW)))
    without_bob = house.declares(PEOPLE.replace(bob, "") + MIGRATION).plan(by=NEW)
    assert "L03" in rules(without_bob)
