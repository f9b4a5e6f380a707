"""The main road: declare, plan, apply, and the second plan is empty."""

from __future__ import annotations

import json

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, BOB, KIM, SAM, Shell
from tests.live.test_runs_and_locks import a_writer_halfway


def team_of_three(shell: Shell) -> str:
    return shell.declares(f"""
        members:
          {ADA}: {{role: admin}}
          {SAM}: {{projects: {{web: manager}}}}
          {KIM}: {{projects: {{web: viewer}}}}
        """)


def as_it_is(people: Shell, *, kim: str = "viewer") -> str:
    """The people of `with_people` as they are, but for kim's role."""
    return people.declares(f"""
        members:
          {ADA}: {{role: admin}}
          {SAM}: {{projects: {{web: manager}}}}
          {KIM}: {{projects: {{web: {kim}}}}}
          {BOB}: {{}}
        """)


def test_apply_makes_it_so_and_the_second_plan_is_empty(org: Shell) -> None:
    path = team_of_three(org)
    assert "Plan: 2 to add, 0 to change, 0 to remove." in org.ok(f"plan {path}")
    applied = org.ok(f"apply {path} --auto-approve")
    assert "Applied 2 changes to acme (run 20260601T120000-" in applied
    assert org.ok(f"plan {path} --detailed-exitcode") == (
        "No changes. acme is as declared (3 members).\n")
    assert org.ok(f"apply {path}").startswith("No changes.")


def test_a_plan_writes_nothing(org: Shell) -> None:
    before = org.run("audit --limit 1000 --format json").out
    org.ok(f"plan {team_of_three(org)}")
    assert org.run("audit --limit 1000 --format json").out == before


def test_a_plan_names_the_command_that_applies_it(org: Shell) -> None:
    path, saved = team_of_three(org), org.folder / "plan.json"
    assert org.ok(f"plan {path}").splitlines()[-1] == (
        f"Apply it: reconciler apply {path} --as {ADA}")
    ran = org.run(f"plan {path} --out {saved}").ok()
    assert ran.out.splitlines()[-1] == (
        f"Apply it (until 2026-06-15): reconciler apply {saved} --as {ADA}")
    assert ran.err == f"Saved the plan as {saved}.\n"
    by_hand = org.ok(f"plan {path} --store sqlite:///{org.folder}/live.db")
    assert f"--store sqlite:///{org.folder}/live.db --as {ADA}" in by_hand.splitlines()[-1]


def test_the_json_of_a_plan_is_the_plan_that_is_saved_and_shown(org: Shell) -> None:
    path, saved = team_of_three(org), org.folder / "plan.json"
    printed = org.ok(f"plan {path} --format json --out {saved}")
    assert printed == saved.read_text()
    assert org.ok(f"show {saved} --format json") == printed
    assert json.loads(printed)["organization"] == "acme"


def test_a_saved_plan_is_shown_as_it_was_planned(
    org: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(org.folder)
    path, saved = team_of_three(org), org.folder / "plan.json"
    planned = org.ok(f"plan {path} --out {saved}")
    org.environment["RECONCILER_STORE"] = "sqlite:////nowhere/at/all.db"
    assert org.ok(f"show {saved}") == planned


def test_a_saved_plan_is_applied_without_a_question(org: Shell) -> None:
    saved = org.folder / "plan.json"
    org.ok(f"plan {team_of_three(org)} --out {saved}")
    out = org.ok(f"apply {saved} --format json")
    assert json.loads(out)["changes"] == 2
    assert json.loads(out)["counts"] == {"invite": 2}


def test_the_same_inputs_give_the_same_bytes(org: Shell) -> None:
    path = team_of_three(org)
    assert org.ok(f"plan {path} --format json") == org.ok(f"plan {path} --format json")


def test_a_plan_without_an_actor_says_who_may_make_the_changes(org: Shell) -> None:
    org.environment["RECONCILER_ACTOR"] = None
    out = org.ok(f"plan {team_of_three(org)}")
    assert "Who may make them: an org admin, or a manager of web (2 changes)" in out
    assert out.splitlines()[-1].endswith("--as EMAIL")


def test_a_manager_sees_what_is_left_for_an_admin_and_nothing_is_applied_by_halves(
    people: Shell
) -> None:
    path = people.declares(f"""
        groups: {{}}
        members:
          {ADA}: {{role: admin}}
          {SAM}: {{projects: {{web: manager}}}}
          {KIM}: {{projects: {{web: member, ios: viewer}}}}
          {BOB}: {{}}
        """)
    ran = people.run(f"plan {path} --as {SAM}")
    assert ran.code == 4
    assert f"Left for an org admin, or a manager of ios: {SAM} may not (1)" in ran.out
    assert "R13" in ran.out
    assert f"reconciler plan {path} --as {SAM} --permitted-only" in ran.out
    assert people.run(f"apply {path} --auto-approve --as {SAM}").code == 4
    assert people.run(f"live show {KIM} --format json").json["projects"] == {"web": "viewer"}


def test_permitted_only_makes_what_the_actor_may_and_leaves_the_rest(
    people: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(people.folder)
    path = people.declares(f"""
        members:
          {ADA}: {{role: admin}}
          {SAM}: {{projects: {{web: manager}}}}
          {KIM}: {{projects: {{web: member, ios: viewer}}}}
          {BOB}: {{}}
        """)
    out = people.ok(f"apply {path} --as {SAM} --permitted-only --auto-approve")
    assert "Left for others, not in this plan (1)\n" in out
    assert (f"+ {KIM}  role on ios: none -> viewer  "
            "[not in store, org.yaml:10; needs an org admin, or a manager of ios]\n") in out
    assert "1 change to 1 person that they may make" in out
    assert people.run(f"live show {KIM} --format json").json["projects"] == {"web": "member"}


def test_one_change_among_many_people_reads_as_one_change(
    people: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(people.folder)
    out = people.ok(f"plan {as_it_is(people, kim='member')}")
    assert out == (
        f"Plan for acme, by {ADA}\n"
        "1 change to 1 person; 4 members in the live store\n"
        "\n"
        "People (1)\n"
        f"  ~ {KIM}  role on web: viewer -> member  [differs, org.yaml:10]\n"
        "\n"
        "Reasons: differs: the live store has another value\n"
        "\n"
        "Plan: 0 to add, 1 to change, 0 to remove.\n"
        f"Apply it: reconciler apply {people.path} --as {ADA}\n")


def test_what_waits_for_a_person_is_no_failure(people: Shell) -> None:
    people.ok(f"live content add funnel --kind chart --project web --as {SAM}")
    path = people.declares(f"""
        members:
          {ADA}: {{role: admin}}
          {KIM}: {{projects: {{web: viewer}}}}
          {BOB}: {{projects: {{web: viewer}}}}
        departures:
          {SAM}: {{transfer_content_to: {BOB}}}
        """)
    out = people.ok(f"plan {path}")
    assert "Waiting (2): nothing to do until then" in out
    assert f"waits for {BOB}" in out
    assert "2 waiting." in out


def test_apply_of_json_format_keeps_stdout_for_the_result(org: Shell) -> None:
    ran = org.run(f"apply {team_of_three(org)} --auto-approve --format json").ok()
    assert ran.json["organization"] == "acme"
    assert "Plan for acme" in ran.err


def test_a_saved_plan_for_another_organization_is_refused(org: Shell) -> None:
    saved = org.folder / "plan.json"
    org.ok(f"plan {team_of_three(org)} --out {saved}")
    ran = org.run(f"apply {saved} --organization other")
    assert ran.code == 3
    assert "a plan for acme, not for other" in ran.err


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"format_version": "9"}'])
def test_what_is_no_plan_is_refused(org: Shell, text: str) -> None:
    saved = org.folder / "plan.json"
    saved.write_text(text)
    for line in (f"show {saved}", f"apply {saved}"):
        ran = org.run(line)
        assert ran.code == 3
        assert "Traceback" not in ran.err


def test_a_plan_is_saved_whole_or_not_at_all(org: Shell) -> None:
    path = team_of_three(org)
    ran = org.run(f"plan {path} --out {org.folder}")
    assert ran.code == 3
    assert "is a directory" in ran.err
    assert not [p.name for p in org.folder.iterdir() if p.name.endswith(".part")]


ADOPTED = [
    "Not managed by these files (2)",
    "    name, team, default project and team spaces of members for whom the files do not state it",
    "    people stay in team spaces that are not declared for them (manage.team_spaces: additive)",
    "",
    "No changes. acme is as declared (4 members).",
]


def test_an_export_is_adopted_without_a_change(people: Shell) -> None:
    target = people.folder / "adopted" / "org.yaml"
    ran = people.run(f"export --out {target}").ok()
    assert ran.out == f"Wrote acme to {target} (4 people).\n"
    assert ran.err == f"Next, see that it changes nothing: reconciler plan {target}\n"
    assert people.ok(f"plan {target} --detailed-exitcode").splitlines()[2:] == ADOPTED


def test_an_export_of_several_files_is_adopted_too(people: Shell) -> None:
    target = people.folder / "access"
    assert "files)" in people.ok(f"export --out {target}")
    assert people.ok(f"plan {target} --detailed-exitcode").splitlines()[2:] == ADOPTED


def test_an_export_replaces_nothing_unless_asked(people: Shell) -> None:
    target = people.folder / "org.yaml"
    target.write_text("mine")
    ran = people.run(f"export --out {target}")
    assert ran.code == 3
    assert "--overwrite" in ran.err
    assert target.read_text() == "mine"
    people.ok(f"export --out {target} --overwrite")
    assert "organization: acme" in target.read_text()


def test_an_export_does_not_mix_with_an_earlier_one(people: Shell) -> None:
    target = people.folder / "access"
    people.ok(f"export --out {target}")
    (target / "members" / "zz.yaml").write_text("apiVersion: reconciler/v1\n")
    ran = people.run(f"export --out {target} --overwrite")
    assert ran.code == 3
    assert "zz.yaml is of an earlier export" in ran.err


def test_an_export_to_stdout_is_the_file(people: Shell) -> None:
    people.ok(f"export --out {people.folder / 'a.yaml'}")
    assert people.ok("export --out -") == (people.folder / "a.yaml").read_text()


def test_a_plan_never_replaces_a_file_that_is_no_saved_plan(org: Shell) -> None:
    path = org.declares(f"members: {{{ADA}: {{role: admin}}}}\n")
    before = org.path.read_text()
    ran = org.run(f"plan {path} --out {path}")
    assert ran.code == Exit.INVALID
    assert "is no saved plan" in ran.err
    assert org.path.read_text() == before
    assert org.run(f"plan {path} --out -").code == Exit.INVALID
    out = org.folder / "plan.json"
    org.run(f"plan {path} --out {out}").ok()
    org.run(f"plan {path} --out {out}").ok()


def test_a_run_that_was_killed_is_told_until_the_next_one_has_succeeded(org: Shell) -> None:
    path = org.declares(f"teams: [Data]\nmembers: {{{ADA}: {{role: admin}}, {SAM}: {{}}}}\n")
    with a_writer_halfway(str(org.environment["RECONCILER_STORE"]), lease_seconds=0.5):
        pass
    assert (f"note: the run killed of {ADA}, started at 2026-06-01 12:00 UTC, has not said how it "
            "ended: it is still running, or it was killed.") in org.run(f"plan {path}").err
    org.ok(f"apply {path} --auto-approve", RECONCILER_NOW="2026-06-01T13:00:00+00:00")
    assert "killed" not in org.run(f"plan {path}").err
