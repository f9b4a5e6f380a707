"""Plans under a policy: what they are held to, how it changes, and what is exceeded by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.model.errors import LimitExceeded, Stale
from reconciler.model.operations import AllowLimit
from reconciler.model.policy import BUILT_IN, Policy, digest
from reconciler.planning.document import from_json, to_json
from reconciler.planning.plan import Plan, Risk
from reconciler.planning.planner import sealed
from reconciler.planning.policy import LOOSENED
from tests.planning.house import HEAD, House, keys, rules

ADMINS = """
    members:
      ada@acme.example: {role: admin}
      bob@acme.example: {role: admin}
      kit@acme.example: {role: admin}
"""
ONE_LESS = """
    members:
      ada@acme.example: {role: admin}
      bob@acme.example: {role: admin}
      kit@acme.example: {role: user}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def people(count: int) -> str:
    return "    members:\n      ada@acme.example: {role: admin}\n" + "".join(
        f"      p{n}@acme.example: {{}}\n" for n in range(count))


def settled(folder: Path, policy: str, body: str = ADMINS, joined: str = "bob kit") -> House:
    """A house whose policy was applied, and where nothing is left to do."""
    house = House(folder).is_live(body, joined=joined).policy(policy)
    house.apply()
    assert house.plan().empty
    return house


def hows(plan: Plan) -> set[str]:
    return {f.how for f in plan.findings if f.severity == "error"}


# --- the policy itself ---------------------------------------------------------------------------

def test_a_new_policy_is_the_first_change_of_a_plan(house: House) -> None:
    house.policy("invitations: {max_sends: 2}\n").declares(people(1))
    plan = house.plan()
    assert keys(plan)[0] == "set-policy:policy"
    assert (plan.changes[0].before, plan.changes[0].risk) == ({"policy": None}, Risk.NONE)
    assert str(plan.changes[0].source) == "policy.yaml"
    house.apply(plan)
    assert house.plan().empty


def test_a_plan_carries_the_digest_of_what_holds(house: House) -> None:
    house.declares(ADMINS)
    assert house.plan().policy_digest is None
    house.policy("min_admins: 2\nremovals: {require_transfer: false}\n")
    held = Policy(min_admins=2)
    assert house.plan().policy_digest == digest(held), "what is looser waits for the next run"
    assert from_json(to_json(house.plan())) == house.plan()


def test_a_kept_policy_holds_without_its_file_and_the_plan_says_so(tmp_path: Path) -> None:
    house = settled(tmp_path, "min_admins: 3\n").policy(None).declares(ONE_LESS)
    plan = house.plan()
    assert rules(plan) == ["L04"]
    assert "no policy file is given" in next(n.text for n in plan.notes if n.code == "policy")


def test_what_is_looser_is_flagged_and_said(tmp_path: Path) -> None:
    house = settled(tmp_path, "min_admins: 3\n").policy("min_admins: 2\n")
    plan = house.plan()
    assert keys(plan) == ["set-policy:policy"]
    assert plan.changes[0].risk is Risk.POLICY
    (note,) = (n.text for n in plan.notes if n.code == "policy")
    assert note == "looser from the next run on: min admins: 3 becomes 2"


def test_only_an_admin_sets_the_policy(tmp_path: Path) -> None:
    body = ADMINS + "      sam@acme.example: {projects: {web: manager}}\n"
    house = House(tmp_path).is_live(body, joined="bob kit sam").policy("min_admins: 2\n")
    assert rules(house.plan(by="sam")) == ["R14"]
    assert house.plan(by=None).changes[0].who_may == "an org admin"


# --- weakening it, and using the weakness --------------------------------------------------------

def test_loosening_and_demoting_in_one_run_is_refused_and_in_two_it_passes(
    tmp_path: Path,
) -> None:
    house = settled(tmp_path, "min_admins: 3\n").policy("min_admins: 2\n").declares(ONE_LESS)
    plan = house.plan()
    assert rules(plan) == ["L04"]
    assert hows(plan) == {LOOSENED}
    with pytest.raises(LimitExceeded):
        house.apply(plan)
    alone = house.plan(policy_alone=True)
    assert (keys(alone), alone.applyable) == (["set-policy:policy"], True)
    house.apply(alone)
    assert keys(house.plan()) == ["set-role:kit"]
    house.apply()
    assert house.plan().empty


def test_a_forged_plan_that_demotes_as_well_is_refused_by_the_store(tmp_path: Path) -> None:
    (tmp_path / "free").mkdir()
    free = House(tmp_path / "free").is_live(ADMINS, joined="bob kit").declares(ONE_LESS)
    demotion = free.plan().changes
    house = settled(tmp_path, "min_admins: 3\n").policy("min_admins: 2\n").declares(ONE_LESS)
    alone = house.plan(policy_alone=True)
    forged = sealed(replace(alone, changes=(*alone.changes, *demotion), findings=()))
    with pytest.raises(LimitExceeded) as refusal:
        house.apply(forged)
    assert [f.rule for f in refusal.value.findings] == ["L04"]
    member = house.member("kit")
    assert member is not None
    assert str(member.role) == "admin"


def test_a_loosening_that_would_not_help_is_not_offered_as_the_way_out(tmp_path: Path) -> None:
    house = settled(tmp_path, "min_admins: 3\n").policy("min_admins: 3\nprotected_members: []\n"
                                                        "invitations: {max_sends: 9}\n")
    assert LOOSENED not in hows(house.declares(ONE_LESS).plan())


def test_a_limit_that_was_loosened_waits_as_well(tmp_path: Path) -> None:
    house = settled(tmp_path, "limits: {removals: {count: 0}}\n", people(2), "p0 p1")
    plan = house.policy("limits: {removals: {count: 1}}\n").declares(people(1)).plan()
    assert (rules(plan), hows(plan)) == (["L02"], {LOOSENED})


def test_a_plan_made_under_another_policy_is_stale(tmp_path: Path) -> None:
    house = settled(tmp_path, "min_admins: 2\n")
    old = house.declares(ONE_LESS).plan()
    assert old.applyable
    house.policy("min_admins: 3\n").apply(house.plan(policy_alone=True))
    with pytest.raises(Stale, match="policy"):
        house.apply(old)


# --- what plans are held to ----------------------------------------------------------------------

@pytest.mark.parametrize(("policy", "before", "after", "rule"), [
    ("protected_members: [kit@acme.example]\n", ADMINS, ONE_LESS, "L03"),
    ("min_admins: 3\n", ADMINS, ONE_LESS, "L04"),
    ("limits: {demotions: {count: 0}}\n", ADMINS, ONE_LESS, "L06"),
    ("allowed_email_domains: [acme.example]\n", ADMINS,
     ADMINS + "      x@elsewhere.example: {}\n", "L05"),
    ("limits: {invitations: {count: 1}}\n", ADMINS,
     ADMINS + "      x@a.example: {}\n      y@a.example: {}\n", "L07"),
], ids=["L03", "L04", "L06", "L05", "L07"])
def test_a_plan_beyond_the_policy_is_refused_and_within_it_is_not(
    tmp_path: Path, policy: str, before: str, after: str, rule: str
) -> None:
    (tmp_path / "free").mkdir()
    free = House(tmp_path / "free").is_live(before, joined="bob kit").declares(after)
    assert free.plan().applyable
    house = settled(tmp_path, policy, before)
    assert rules(house.declares(after).plan()) == [rule]


def test_a_pending_admin_is_waited_for(tmp_path: Path) -> None:
    house = settled(tmp_path, "min_admins: 3\n")
    house.declares(ONE_LESS + "      new@acme.example: {role: admin}\n").apply()
    plan = house.plan()
    assert plan.applyable
    assert [(w.key, w.waits_for) for w in plan.waiting] == [
        ("set-role:kit@acme.example", "new@acme.example")]


def test_a_protected_person_who_exists_nowhere_earns_a_warning(house: House) -> None:
    house.declares(people(1)).policy("protected_members: [p0@acme.example, no@acme.example]\n")
    (warning,) = (f for f in house.plan().findings if f.rule == "L03")
    assert (str(warning.severity), warning.subject) == ("warning", "no@acme.example")
    assert house.plan().applyable


# --- content of who is removed -------------------------------------------------------------------

LEAVER = "      old@acme.example: {projects: {ios: viewer}}\n"


def left_behind(folder: Path, policy: str) -> House:
    """old is removed and owns content; ada, an admin, may receive it."""
    house = settled(folder, policy, ADMINS + LEAVER, "bob kit old").has_content("old", "ios", 2)
    return house.declares(ADMINS)


def test_without_a_receiver_somebody_must_decide(tmp_path: Path) -> None:
    assert rules(left_behind(tmp_path, "min_admins: 1\n").plan()) == ["R33"]


def test_the_default_receiver_gets_the_content(tmp_path: Path) -> None:
    house = left_behind(tmp_path, "removals: {default_receiver: ada@acme.example}\n")
    assert keys(house.plan()) == ["transfer-content:old", "remove-member:old"]
    house.apply()
    assert len(house.content_of("ada")) == 2


def test_where_no_transfer_is_required_the_content_is_left_and_counted(tmp_path: Path) -> None:
    house = left_behind(tmp_path, "removals: {require_transfer: false}\n")
    plan = house.plan()
    assert keys(plan) == ["remove-member:old"]
    assert plan.losses.content_unassigned == 2


def test_content_is_left_only_as_far_as_the_limit_says(tmp_path: Path) -> None:
    policy = "removals: {require_transfer: false}\nlimits: {content_unassigned: {count: 1}}\n"
    assert rules(left_behind(tmp_path, policy).plan()) == ["L08"]


def test_another_receiver_is_another_policy_and_waits(tmp_path: Path) -> None:
    house = left_behind(tmp_path, "removals: {default_receiver: ada@acme.example}\n")
    house.policy("removals: {default_receiver: bob@acme.example}\n")
    assert rules(house.plan()) == ["R33"]
    house.apply(house.plan(policy_alone=True))
    house.apply()
    assert len(house.content_of("bob")) == 2


# --- settings that the policy states -------------------------------------------------------------

def test_the_policy_sets_receiver_access(tmp_path: Path) -> None:
    warn = HEAD.replace("access_requests: true", "access_requests: true, receiver_access: warn")
    house = House(tmp_path)
    house.declares(ADMINS, warn).apply()
    house.declares(ADMINS).policy("receiver_access: require\n")
    plan = house.plan()
    assert keys(plan)[:2] == ["set-policy:policy", "change-setting:setting:receiver_access"]
    assert str(plan.changes[1].source).startswith("policy.yaml:3")
    house.apply(plan)
    assert rules(house.declares(ADMINS, warn).plan()) == ["F20"]


def test_a_looser_receiver_access_waits_for_the_next_run(tmp_path: Path) -> None:
    house = House(tmp_path).is_live(ADMINS, joined="bob kit").policy("receiver_access: warn\n")
    assert keys(house.plan()) == ["set-policy:policy"]
    house.apply()
    assert keys(house.plan()) == ["change-setting:setting:receiver_access"]


# --- exceeding a limit by name -------------------------------------------------------------------

def test_a_limit_is_exceeded_by_name_and_the_plan_shows_it(tmp_path: Path) -> None:
    house = settled(tmp_path, "limits: {removals: {count: 1}}\n", people(3), "p0 p1 p2")
    house.declares(people(1))
    assert rules(house.plan()) == ["L02"]
    for count in (1, 3):
        wrong = house.plan(allow=(AllowLimit("removals", count, "Merger"),))
        assert rules(wrong) == ["L02"]
        assert any("--allow removals=2" in how for how in hows(wrong))
    plan = house.plan(allow=(AllowLimit("removals", 2, "Merger"),))
    assert keys(plan) == ["allow-limit:limit:removals", "remove-member:p1", "remove-member:p2"]
    assert plan.digest != house.plan(allow=(AllowLimit("removals", 2, "Other"),)).digest
    house.apply(plan)
    assert house.plan().empty


def test_an_allowance_that_is_not_needed_is_refused(tmp_path: Path) -> None:
    house = settled(tmp_path, "limits: {removals: {count: 5}}\n", people(3), "p0 p1 p2")
    plan = house.declares(people(2)).plan(allow=(AllowLimit("removals", 1, "Why"),))
    assert rules(plan) == ["L10"]


def test_a_saved_plan_whose_allowance_was_cut_out_is_refused_by_the_store(tmp_path: Path) -> None:
    house = settled(tmp_path, "limits: {removals: {count: 1}}\n", people(3), "p0 p1 p2")
    plan = house.declares(people(1)).plan(allow=(AllowLimit("removals", 2, "Merger"),))
    forged = sealed(replace(plan, changes=plan.changes[1:]))
    with pytest.raises(LimitExceeded):
        house.apply(forged)
    assert house.member("p2") is not None


@pytest.mark.parametrize("says", [
    "", "min_admins: 1\n", "invitations: {expire_after_days: 30}\n",
    "approvals: {required: false}\nremovals: {require_transfer: true}\n"])
def test_a_policy_that_says_no_more_than_what_is_built_in_changes_nothing(
    house: House, says: str
) -> None:
    house.declares(people(0)).apply()
    assert keys(house.policy(says).plan()) == []


def test_what_is_built_in_takes_the_place_of_a_policy_that_is_kept(tmp_path: Path) -> None:
    house = settled(tmp_path, "min_admins: 2\n").policy("")
    assert keys(house.plan()) == ["set-policy:policy"]
    house.apply()
    with house.store.reader("acme") as reader:
        assert reader.frame().policy == BUILT_IN
