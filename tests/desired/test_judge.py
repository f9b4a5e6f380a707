"""Rules that files break by themselves, and what is left to the live store to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired.judge import judge_desired, validate
from reconciler.desired.load import load
from reconciler.model.errors import Refused
from reconciler.model.organization import Group, Project, Settings, TeamSpace, Tier
from reconciler.model.world import Frame
from tests.desired.files import ADMIN, HEAD, ON, written

LIVE = Frame(
    organization="acme",
    settings=Settings(tier=Tier.ENTERPRISE, project_level_permissions=True),
    projects={"web": Project(id="web", name="Web")},
    spaces={"growth": TeamSpace(id="growth", name="Growth")},
    teams=frozenset({"Data"}),
    groups={"analysts": Group(id="analysts")},
)
NAMES_OF_LIVE = ("  sam@acme.example:\n    team: Data\n    projects: {web: viewer}\n"
                 "    team_spaces: [growth]\n    default_project: web\n")


def judged(path: Path, known: Frame | None = None) -> list[str]:
    """Rule and place of each finding."""
    return [f"{f.rule} {f.location}" for f in judge_desired(load(path), known)]


def test_what_the_live_store_has_need_not_be_declared(tmp_path: Path) -> None:
    written(tmp_path, HEAD + ADMIN + NAMES_OF_LIVE)
    assert judged(tmp_path, LIVE) == []
    assert [f[:3] for f in judged(tmp_path)] == ["R02"] * 4


def test_a_live_group_is_known_only_where_groups_may_stay_undeclared(tmp_path: Path) -> None:
    member = ADMIN + "  sam@acme.example: {groups: [analysts]}\n"
    written(tmp_path, HEAD + member)
    assert judged(tmp_path, LIVE) == judged(tmp_path) == ["R02 org.yaml:5:31"]
    for mode in ("additive", "ignore"):
        written(tmp_path, HEAD + f"manage: {{groups: {mode}}}\n" + member)
        assert judged(tmp_path, LIVE) == judged(tmp_path) == []


def test_tier_and_switch_are_judged_only_where_they_are_known(tmp_path: Path) -> None:
    written(tmp_path, HEAD + "projects: {web: {}}\nteam_spaces: {a: {}, b: {}}\n"
            "groups: {g: {projects: {web: viewer}}}\n" + ADMIN + (
                "  sam@acme.example: {role: manager, projects: {web: viewer}, groups: [g]}\n"))
    assert judged(tmp_path) == []
    starter = Frame(organization="acme", settings=Settings())
    assert {f[:3] for f in judged(tmp_path, starter)} == {"R03", "R04"}


def test_settings_that_are_stated_win_over_the_live_ones(tmp_path: Path) -> None:
    written(tmp_path, HEAD + ON + "groups: {g: {}}\n" + ADMIN)
    assert judged(tmp_path, Frame(organization="acme", settings=Settings())) == []


def test_live_team_spaces_count_against_the_tier(tmp_path: Path) -> None:
    written(tmp_path, HEAD + "tier: starter\nteam_spaces: {own: {}}\n" + ADMIN)
    assert judged(tmp_path) == []
    assert judged(tmp_path, LIVE) == ["R03 org.yaml:4:15"]


def test_a_default_project_may_be_reached_by_group_role_or_admin(tmp_path: Path) -> None:
    written(tmp_path, HEAD + ON + "projects: {web: {}, app: {}}\n"
            "groups: {g: {projects: {web: viewer}}}\nmembers:\n"
            "  ada@acme.example: {role: admin, default_project: app}\n"
            "  sam@acme.example: {groups: [g], default_project: web}\n"
            "  kim@acme.example: {projects: {app: viewer}, default_project: app}\n"
            "  eve@acme.example: {groups: [g], default_project: app}\n")
    assert judged(tmp_path) == ["R05 org.yaml:11:35"]


def test_default_projects_that_are_not_managed_are_not_judged(tmp_path: Path) -> None:
    written(tmp_path, HEAD + ON + "manage: {default_projects: ignore}\nprojects: {app: {}}\n"
            + ADMIN + "  eve@acme.example: {default_project: app}\n")
    assert judged(tmp_path) == []


def test_a_role_below_the_groups_is_a_warning_and_passes(tmp_path: Path) -> None:
    written(tmp_path, HEAD + ON + "projects: {web: {}}\ngroups: {g: {projects: {web: manager}}}\n"
            + ADMIN + "  sam@acme.example: {groups: [g], projects: {web: viewer}}\n"
            "  kim@acme.example: {groups: [g], projects: {web: admin}}\n")
    state = validate(tmp_path)
    assert [(f.rule, str(f.location)) for f in state.findings] == [("R21", "org.yaml:9:46")]


def test_what_comes_from_defaults_is_reported_there_once(tmp_path: Path) -> None:
    written(tmp_path, HEAD + ADMIN + "  sam@acme.example:\n  kim@acme.example:\n"
            "defaults:\n  groups: [gone]\n")
    with pytest.raises(Refused) as refused:
        validate(tmp_path)
    assert [str(f.location) for f in refused.value.findings] == ["org.yaml:8:12"]


def test_an_organization_without_admins_is_refused_unless_others_may_exist(
    tmp_path: Path
) -> None:
    people = "members: {sam@acme.example: {}}\n"
    assert judged(written(tmp_path, HEAD + people)) == ["R20 org.yaml:3:1"]
    assert judged(written(tmp_path, HEAD + people + "manage: {members: additive}\n")) == []


def test_the_cost_of_a_thousand_lawful_members_is_small(tmp_path: Path) -> None:
    people = "".join(f"  p{i}@acme.example: {{groups: [g], projects: {{web: admin}}}}\n"
                     for i in range(1000))
    written(tmp_path, HEAD + ON + "projects: {web: {}}\ngroups: {g: {projects: {web: viewer}}}\n"
            + ADMIN + people)
    assert judged(tmp_path) == []
