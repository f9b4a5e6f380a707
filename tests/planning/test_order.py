"""The order of a plan comes from the rules, and what cannot run yet waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.operations import (
    AddToGroup,
    Join,
    Login,
    RemoveMember,
    RequestAccess,
    SetProjectRole,
)
from reconciler.model.roles import Role
from reconciler.planning.plan import Risk
from tests.planning.house import HEAD, House, email, keys, rules


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def before(plan_keys: list[str], first: str, second: str) -> bool:
    return plan_keys.index(first) < plan_keys.index(second)


def test_projects_and_groups_are_created_before_somebody_is_invited_into_them(
    house: House,
) -> None:
    plan = house.declares("""
        groups: {devs: {projects: {web: member}}}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {groups: [devs], projects: {ios: viewer}}
    """).plan()
    assert keys(plan) == ["create-project:project:ios", "create-project:project:web",
                          "create-group:group:devs", "invite:sam"]
    assert "create-group:group:devs" in plan.changes[-1].depends_on


def test_the_new_admin_is_promoted_before_the_old_one_is_demoted(house: House) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {role: admin}
          cy@acme.example: {}
    """, joined="bob cy")
    plan = house.declares("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {}
          cy@acme.example: {role: admin}
    """).plan()
    assert keys(plan) == ["set-role:cy", "set-role:bob"]
    assert house.apply(plan).changes == 2


def test_an_admin_who_leaves_waits_until_the_next_admin_has_joined(house: House) -> None:
    # Nobody's authority is asked for: ada could not demote herself (R15).
    plan = house.declares("""
        members:
          ada@acme.example: {}
          bob@acme.example: {role: admin}
    """).plan(by=None)
    assert keys(plan) == ["create-project:project:ios", "create-project:project:web", "invite:bob"]
    (waiting,) = plan.waiting
    assert waiting.key == "set-role:ada@acme.example"
    assert waiting.waits_for == "bob@acme.example"
    assert plan.applyable


def test_content_is_transferred_after_the_receiver_got_access_and_before_the_removal(
    house: House,
) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {projects: {web: member}}
          cy@acme.example: {}
    """, joined="bob cy").has_content("bob", "web", 3)
    plan = house.declares("""
        members:
          ada@acme.example: {role: admin}
          cy@acme.example: {projects: {web: viewer}}
        departures:
          bob@acme.example: {transfer_content_to: cy@acme.example}
    """).plan()
    assert keys(plan) == ["set-project-role:cy:web", "transfer-content:bob", "remove-member:bob"]
    assert plan.losses.content_transferred == 3
    assert plan.losses.removals == 1
    assert [c.reversible for c in plan.changes] == [True, False, True]
    house.apply(plan)
    assert len(house.content_of("cy")) == 3
    assert house.member("bob") is None


def test_a_transfer_to_somebody_who_has_not_joined_waits_and_so_does_the_removal(
    house: House,
) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {projects: {web: member}}
    """, joined="bob").has_content("bob", "web")
    house.declares("""
        members:
          ada@acme.example: {role: admin}
          cy@acme.example: {projects: {web: viewer}}
        departures:
          bob@acme.example: {transfer_content_to: cy@acme.example}
    """)
    plan = house.plan()
    assert keys(plan) == ["invite:cy"]
    assert {w.key: w.waits_for for w in plan.waiting} == {
        "transfer-content:bob@acme.example": "cy@acme.example",
        "remove-member:bob@acme.example": "cy@acme.example"}
    house.apply(plan)
    assert house.plan().empty, "waiting changes nothing"
    house.does(Join(email("cy")))
    assert keys(house.plan()) == ["transfer-content:bob", "remove-member:bob"]


def test_a_receiver_who_has_not_logged_in_for_31_days_is_waited_for_and_the_rest_goes_on(
    house: House,
) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {projects: {web: member}}
          cy@acme.example: {projects: {web: member}}
    """, joined="bob cy").has_content("bob", "web").declares("""
        members:
          ada@acme.example: {role: admin}
          cy@acme.example: {projects: {web: member}}
        departures:
          bob@acme.example: {transfer_content_to: cy@acme.example}
    """)
    assert keys(house.later(days=30).plan()) == ["transfer-content:bob", "remove-member:bob"]
    house.later(days=1).declares("""
        members:
          ada@acme.example: {role: admin}
          cy@acme.example: {projects: {web: member}}
          dan@acme.example: {}
        departures:
          bob@acme.example: {transfer_content_to: cy@acme.example}
    """)
    plan = house.plan()
    assert keys(plan) == ["invite:dan"]
    assert plan.applyable
    (transfer, removal) = plan.waiting
    assert (transfer.key, transfer.waits_for) == ("transfer-content:bob@acme.example",
                                                  "cy@acme.example")
    assert transfer.why == ("cy@acme.example, who is to receive content, last logged in on "
                            "2026-03-01, and must have within the last 30 days")
    assert (removal.key, removal.waits_for) == ("remove-member:bob@acme.example",
                                                "cy@acme.example")
    house.apply(plan)
    assert house.content_of("bob") == ["bob-web-0"]
    house.does(Login(email("cy")))
    assert keys(house.plan()) == ["transfer-content:bob", "remove-member:bob"]


def test_a_removal_with_content_and_no_decision_is_refused_with_the_lines_to_add(
    house: House,
) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {projects: {web: member}}
    """, joined="bob").has_content("bob", "web", 2)
    plan = house.declares("members: {ada@acme.example: {role: admin}}").plan()
    (finding,) = plan.findings
    assert finding.rule == "R33"
    assert "2 content items (web: 2 chart)" in finding.what
    assert "bob@acme.example: {transfer_content_to: EMAIL}" in finding.how


def test_everybody_leaves_a_group_before_it_is_deleted(house: House) -> None:
    house.is_live("""
        groups: {devs: {projects: {web: member}}}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {groups: [devs], default_project: web}
    """)
    plan = house.declares("""
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {projects: {web: viewer}, default_project: web}
    """).plan()
    assert keys(plan) == ["remove-from-group:sam:devs", "set-project-role:sam:web",
                          "delete-group:group:devs", "set-default-project:sam"]
    house.apply(plan)
    member = house.member("sam")
    assert member is not None and member.default_project == "web"
    assert plan.losses.lost_group_memberships == 1
    assert plan.losses.lost_project_access == 0


def test_members_whom_nobody_declares_are_named_when_their_group_is_deleted(
    house: House,
) -> None:
    house.is_live("""
        groups: {devs: {projects: {web: member}}}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {groups: [devs]}
    """)
    plan = house.declares("""
        manage: {members: additive}
        members: {ada@acme.example: {role: admin}}
    """).plan()
    assert keys(plan) == ["remove-from-group:sam:devs", "delete-group:group:devs"]
    assert plan.changes[0].cause == "consequence"


def test_a_direct_role_below_the_groups_cannot_be_planned(house: House) -> None:
    house.is_live("""
        groups: {devs: {projects: {web: member}}}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {}
    """)
    plan = house.declares("""
        groups: {devs: {projects: {web: member}}}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {groups: [devs], projects: {web: viewer}}
    """).plan()
    assert "R21" in rules(plan)


def test_a_lower_direct_role_that_was_there_before_the_group_is_only_warned_of(
    house: House,
) -> None:
    body = """
        groups: {devs: {projects: {web: member}}}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {groups: [devs], projects: {web: viewer}}
    """
    house.is_live("""
        groups: {devs: {projects: {web: member}}}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {projects: {web: viewer}}
    """).does(AddToGroup(email("sam"), "devs"))
    plan = house.declares(body).plan()
    assert plan.empty
    assert [(f.rule, str(f.severity)) for f in plan.findings] == [("R21", "warning")]


def test_turning_project_level_permissions_off_takes_the_project_roles_away_first(
    house: House,
) -> None:
    house.is_live("""
        groups: {devs: {projects: {web: member}}}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {groups: [devs], projects: {web: manager}}
    """)
    plan = house.declares("""
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {role: manager}
    """, head="""\
apiVersion: reconciler/v1
organization: acme
tier: plus
settings: {project_level_permissions: false}
projects: {web: {name: Web}, ios: {name: iOS}}
""").plan()
    order = keys(plan)
    assert plan.applyable, plan.findings
    switch = "change-setting:setting:project_level_permissions"
    assert before(order, "remove-project-role:sam:web", switch)
    assert before(order, "delete-group:group:devs", switch)
    assert before(order, switch, "change-setting:setting:tier")
    assert before(order, switch, "set-role:sam")
    house.apply(plan)
    assert house.plan().empty


def test_an_admin_grant_is_marked_as_the_risk_it_is(house: House) -> None:
    plan = house.declares("""
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {role: admin}
          kim@acme.example: {projects: {web: admin}}
          lee@acme.example: {projects: {web: manager}}
    """).plan()
    risk = {c.key.split("@")[0]: c.risk for c in plan.changes}
    assert risk["invite:sam"] is Risk.ADMIN_GRANT
    assert risk["invite:kim"] is Risk.ADMIN_GRANT
    assert risk["invite:lee"] is Risk.NONE


def test_a_manager_sees_what_they_may_run_and_what_is_left_for_an_admin(house: House) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          max@acme.example: {projects: {web: manager}}
          sam@acme.example: {}
    """, joined="max")
    house.declares("""
        members:
          ada@acme.example: {role: admin}
          max@acme.example: {projects: {web: manager}}
          sam@acme.example: {projects: {web: member, ios: member}}
    """)
    plan = house.plan(by="max")
    assert {c.key.split(":")[-1]: c.permitted for c in plan.changes} == {"web": True, "ios": False}
    assert plan.not_permitted == ("set-project-role:sam@acme.example:ios",)
    assert rules(plan) == ["R13"] and not plan.applyable
    part = house.plan(by="max", permitted_only=True)
    assert keys(part) == ["set-project-role:sam:web"] and part.applyable
    house.apply(part, by="max")
    assert keys(house.plan()) == ["set-project-role:sam:ios"]


def test_a_plan_that_would_remove_more_than_a_quarter_is_held_back(house: House) -> None:
    people = "\n".join(f"  p{n}@acme.example: {{}}" for n in range(23))
    house.declares("").path.write_text(house.path.read_text() + f"""
members:
  ada@acme.example: {{role: admin}}
{people}
""")
    house.apply()
    kept = "\n".join(f"  p{n}@acme.example: {{}}" for n in range(17))
    house.path.write_text(house.path.read_text().replace(people, kept))
    assert house.plan().applyable, "6 of 24 are a quarter"
    kept = kept.replace("  p16@acme.example: {}", "")
    house.path.write_text(house.path.read_text().replace("  p16@acme.example: {}", ""))
    assert rules(house.plan()) == ["L02"]


def test_additive_sections_take_nothing_away_and_say_what_they_leave(house: House) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {projects: {web: manager}}
    """).does(SetProjectRole(email("sam"), "ios", Role.VIEWER))
    plan = house.declares("""
        manage: {project_roles: additive, members: additive}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {projects: {web: viewer}}
    """).plan()
    assert plan.empty
    assert sorted(n.text.split(",")[0] for n in plan.notes) == [
        "sam@acme.example is manager of web", "sam@acme.example is viewer of ios"]


def test_every_lowered_role_counts_as_a_demotion(house: House) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {role: admin}
          sam@acme.example: {projects: {web: manager, ios: viewer}}
    """, joined="bob")
    plan = house.declares("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {}
          sam@acme.example: {projects: {web: viewer, ios: member}}
    """).plan()
    assert plan.losses.demotions == 2


def test_a_group_is_lowered_before_somebody_joins_it(house: House) -> None:
    house.is_live("""
        groups: {devs: {projects: {web: admin}}}
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {}
    """)
    plan = house.declares("""
        groups: {devs: {projects: {web: viewer}}}
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {groups: [devs], projects: {web: member}}
    """).plan()
    assert plan.applyable, plan.findings
    assert keys(plan) == ["set-group-role:group:devs:web", "add-to-group:bob:devs",
                          "set-project-role:bob:web"]


def test_nobody_waits_for_an_admin_whose_invitation_is_taken_back(house: House) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          aaa@acme.example: {role: admin}
    """)
    plan = house.declares("""
        members:
          ada@acme.example: {}
          cy@acme.example: {role: admin}
    """).plan(by=None)
    (waiting,) = plan.waiting
    assert waiting.waits_for == "cy@acme.example"


def test_a_group_is_kept_while_the_removal_of_its_member_waits(house: House) -> None:
    house.is_live("""
        groups: {devs: {projects: {web: member}}}
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {groups: [devs]}
    """, joined="bob").has_content("bob", "web")
    plan = house.declares("""
        members:
          ada@acme.example: {role: admin}
          cy@acme.example: {projects: {web: viewer}}
        departures: {bob@acme.example: {transfer_content_to: cy@acme.example}}
    """).plan()
    assert keys(plan) == ["invite:cy"]
    assert [w.key for w in plan.waiting][-1] == "delete-group:group:devs"


def test_names_with_colons_do_not_mix_up_changes(house: House) -> None:
    head = HEAD.replace("{web: {name: Web}, ios: {name: iOS}}", '{"b:c": {name: B}, c: {name: C}}')
    house.declares("""
        groups: {a: {}, "a:b": {}}
        members: {ada@acme.example: {role: admin}}
    """, head=head).apply()
    plan = house.declares("""
        groups: {a: {projects: {"b:c": viewer}}, "a:b": {projects: {c: viewer}}}
        members: {ada@acme.example: {role: admin}}
    """, head=head).plan()
    assert len({c.key for c in plan.changes}) == 2


def test_a_default_project_is_set_once_the_switch_gives_access(house: House) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {}
    """)
    house.declares("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {role: viewer, default_project: web}
    """, head=HEAD.replace("project_level_permissions: true", "project_level_permissions: false"))
    assert house.plan().applyable, house.plan().findings
    house.apply()
    assert house.plan().empty


def test_a_null_name_clears_the_name_that_access_was_asked_with(house: House) -> None:
    house.does(RequestAccess(email("st"), "Stranger")).declares("""
        members:
          ada@acme.example: {role: admin}
          st@acme.example: {name: null}
    """).apply()
    assert house.plan().empty


def test_members_are_left_alone_where_they_are_not_compared(house: House) -> None:
    plan = house.declares("""
        manage: {members: ignore}
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {}
    """).plan()
    assert not [k for k in keys(plan) if "bob" in k]


def test_admin_rights_through_a_group_are_marked_like_direct_ones(house: House) -> None:
    house.is_live("""
        groups: {ops: {projects: {web: admin}}}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {}
    """)
    plan = house.declares("""
        groups: {ops: {projects: {web: admin}}}
        members:
          ada@acme.example: {role: admin}
          sam@acme.example: {groups: [ops]}
          new@acme.example: {groups: [ops]}
    """).plan()
    assert {c.risk for c in plan.changes} == {Risk.ADMIN_GRANT}


def test_an_actor_whom_the_file_forgets_is_told_that_nobody_removes_themselves(
    house: House,
) -> None:
    house.is_live("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {role: admin}
    """, joined="bob")
    plan = house.declares("members: {bob@acme.example: {role: admin}}").plan(by="ada")
    assert rules(plan) == ["R15"]


SWITCHED_OFF = HEAD.replace("permissions: true", "permissions: false")
LEAVING = """
    members:
      ada@acme.example: {role: admin}
      RECEIVER@acme.example: {role: viewer}
    departures:
      bob@acme.example: {transfer_content_to: RECEIVER@acme.example}
"""


def somebody_with_content(house: House) -> House:
    return house.is_live("""
        members:
          ada@acme.example: {role: admin}
          bob@acme.example: {projects: {web: member, ios: viewer}, default_project: web}
          cy@acme.example: {projects: {ios: viewer}}
    """, joined="bob cy").has_content("bob", "web")


def test_a_leaver_whose_receiver_is_yet_to_be_invited_does_not_hold_up_the_switch(
    house: House,
) -> None:
    somebody_with_content(house).does(RemoveMember(email("cy"))).declares(
        LEAVING.replace("RECEIVER", "dee"), SWITCHED_OFF)
    plan = house.plan()
    assert plan.applyable, plan.findings
    order = keys(plan)
    switch = "change-setting:setting:project_level_permissions"
    for earlier in ("remove-project-role:bob:web", "remove-project-role:bob:ios"):
        assert before(order, earlier, switch)
    assert before(order, switch, "invite:dee")
    assert {w.waits_for for w in plan.waiting} == {email("dee")}
    house.apply(plan)
    assert house.plan().empty, "waiting changes nothing"
    house.does(Join(email("dee"))).apply()
    assert house.content_of("dee") == ["bob-web-0"]
    assert house.member("bob") is None
    assert house.plan().empty


def test_a_receiver_may_get_their_access_by_the_switch_itself(house: House) -> None:
    somebody_with_content(house).declares(LEAVING.replace("RECEIVER", "cy"), SWITCHED_OFF)
    plan = house.plan()
    assert plan.applyable, plan.findings
    switch = "change-setting:setting:project_level_permissions"
    assert before(keys(plan), switch, "transfer-content:bob")
    house.apply(plan)
    assert house.content_of("cy") == ["bob-web-0"]
    assert house.plan().empty


def test_leavers_without_content_just_leave_before_the_switch(house: House) -> None:
    somebody_with_content(house).declares("""
        members:
          ada@acme.example: {role: admin}
          cy@acme.example: {role: viewer}
        departures:
          bob@acme.example: {leave_content: unassigned}
    """, SWITCHED_OFF)
    order = keys(house.plan())
    assert before(order, "remove-member:bob", "change-setting:setting:project_level_permissions")
    assert "remove-project-role:bob:web" not in order
