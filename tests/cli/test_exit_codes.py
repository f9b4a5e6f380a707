"""Every exit code, from a real invocation, with a message that says what to do next."""

from __future__ import annotations

import sqlite3

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, BOB, HEAD, KIM, SAM, Shell

ADMIN = f"members: {{{ADA}: {{role: admin}}}}\n"


def test_0_done(org: Shell) -> None:
    assert org.run(f"plan {org.declares(ADMIN)}").code == Exit.DONE


def test_0_also_with_changes(org: Shell) -> None:
    path = org.declares(f"members: {{{ADA}: {{role: admin}}, {SAM}: {{}}}}\n")
    assert org.run(f"plan {path}").code == Exit.DONE


def test_1_unexpected_failure_without_a_traceback(
    org: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the \x1b[31mmoon")

    monkeypatch.setattr("reconciler.cli.rules._find", broken)
    ran = org.run("rules R01")
    assert ran.code == Exit.UNEXPECTED
    assert ran.err == ("error: unexpected failure: RuntimeError: the \\x1b[31mmoon "
                       "(set RECONCILER_DEBUG=1 to see where, and please report it)\n")
    assert "Traceback" in org.run("rules R01", RECONCILER_DEBUG="1").err


def test_2_changes_are_pending(org: Shell) -> None:
    path = org.declares(f"members: {{{ADA}: {{role: admin}}, {SAM}: {{}}}}\n")
    assert org.run(f"plan {path} --detailed-exitcode").code == Exit.CHANGES
    assert org.run(f"plan {org.declares(ADMIN)} --detailed-exitcode").code == Exit.DONE


@pytest.mark.parametrize(("line", "says"), [
    ("plna", "Did you mean plan?"),
    ("plan", "Missing argument 'PATH'"),
    ("plan org.yaml --fromat json", "--format"),
    ("--store sqlite:///x.db plan org.yaml", "stands after the command"),
    ("live invite nobody", "'nobody' is no email address (R01): it has no @"),
    ("live invite a@acme.example --project web", "web=viewer"),
    (f"live invite a@acme.example --project web=viewer --project web=admin --as {ADA}", "twice"),
    ("live set-role a@acme.example", "say which role"),
    ("live set-role a@acme.example --remove", "--remove goes with --project"),
    ("live set-role a@acme.example --project web --role user", "user is no project role"),
    ("live set-profile a@acme.example", "say what to set"),
    ("live set-profile a@acme.example --team X --clear-team", "contradict"),
    ("live group edit g", "say what to change"),
    ("live settings show --tier growth", "changes nothing"),
    ("live show nobody", "neither an email"),
    ("live show who@acme.example", "reconciler live members"),
    ("live group show none", "reconciler live group list"),
    ("live members --organization acmee", "did you mean acme?"),
    ("plan org.yaml --permitted-only", "add --as EMAIL"),
    ("rules last-admim", "did you mean last-admin?"),
    ("show nothing.json", "cannot be read"),
    ("export --out /proc/nothing/org.yaml", "cannot be"),
])
def test_3_invalid_input_or_usage(org: Shell, line: str, says: str) -> None:
    org.environment["RECONCILER_ACTOR"] = None
    ran = org.run(line)
    assert ran.code == Exit.INVALID
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_3_a_path_that_is_not_there(shell: Shell) -> None:
    ran = shell.run("validate nothing.yaml")
    assert ran.code == Exit.INVALID
    assert "nothing.yaml: F01 cannot read nothing.yaml" in ran.out


def test_3_a_name_with_a_hidden_character(org: Shell) -> None:
    ran = org.run("live project create web2 --name", "We\u202eb")
    assert ran.code == Exit.INVALID
    assert "U+202E RIGHT-TO-LEFT OVERRIDE" in ran.err
    assert "\u202e" not in ran.err


@pytest.mark.parametrize("line", [
    "apply {path}", "live invite a@acme.example --role user", "live remove a@acme.example",
    "live project create x", "live space join growth", "live settings --tier growth",
])
def test_3_nobody_is_named_as_the_actor(org: Shell, line: str) -> None:
    org.environment["RECONCILER_ACTOR"] = None
    ran = org.run(line.format(path=org.declares(ADMIN)))
    assert ran.code == Exit.INVALID
    assert "add --as EMAIL or set RECONCILER_ACTOR, for example: reconciler " in ran.err


def test_3_several_organizations_and_none_named(org: Shell) -> None:
    org.ok(f"live init other --admin {ADA}")
    ran = org.run("live members")
    assert ran.code == Exit.INVALID
    assert "2 organizations: acme, other (say which: --organization acme)" in ran.err
    assert "other: 1 member" in org.ok("live members --organization other")


def test_3_an_organization_that_is_not_there_comes_with_the_command_that_creates_it(
    shell: Shell
) -> None:
    ran = shell.run(f"plan {shell.declares(ADMIN)}")
    assert ran.code == Exit.INVALID
    assert "reconciler live init acme --admin EMAIL" in ran.err
    assert "no organization yet" in shell.run("live members").err


@pytest.mark.parametrize("url", ["nonsense", "mysql://somewhere/db", "sqlite", "", "://"])
def test_3_a_store_url_of_another_form(org: Shell, url: str) -> None:
    ran = org.run("live members --store", url)
    assert ran.code == Exit.INVALID
    assert "sqlite:///" in ran.err


def test_3_a_clock_that_is_no_time(org: Shell) -> None:
    ran = org.run(f"live login {ADA}", RECONCILER_NOW="yesterday")
    assert ran.code == Exit.INVALID
    assert "RECONCILER_NOW is 'yesterday'" in ran.err


def test_3_malformed_yaml_comes_with_every_problem(org: Shell) -> None:
    path = org.declares("membres: {}\nteams: 3\n")
    ran = org.run(f"plan {path}")
    assert ran.code == Exit.INVALID
    assert "did you mean members" in ran.err
    assert "teams" in ran.err
    assert ran.out == ""


def test_3_another_organization_than_the_file_declares(org: Shell) -> None:
    ran = org.run(f"plan {org.declares(ADMIN)} --organization other")
    assert ran.code == Exit.INVALID
    assert "declares the organization acme, not other" in ran.err


def test_4_a_rule_refuses_an_operation(people: Shell) -> None:
    ran = people.run(f"live set-role {SAM} --role admin --as {SAM}")
    assert ran.code == Exit.REFUSED
    assert "R12" in ran.err
    assert "R15" in ran.err
    assert "nothing was written" in ran.err


def test_4_a_rule_refuses_a_plan(org: Shell) -> None:
    path = org.declares(f"members: {{{ADA}: {{role: user}}}}\n")
    ran = org.run(f"plan {path}")
    assert ran.code == Exit.REFUSED
    assert "R20" in ran.out + ran.err
    as_json = org.run(f"plan {org.path} --format json")
    assert as_json.code == Exit.REFUSED
    assert as_json.json["applyable"] is False
    assert "R20" in as_json.err
    assert org.run(f"apply {org.path} --auto-approve").code == Exit.REFUSED
    assert "admin" in org.ok(f"live show {ADA}")


def test_4_validate_finds_broken_rules(shell: Shell) -> None:
    path = shell.declares(f"members: {{{SAM}: {{groups: [none]}}}}\n")
    ran = shell.run(f"validate {path}")
    assert ran.code == Exit.REFUSED
    assert "R02" in ran.out


def test_5_nobody_is_there_to_approve(org: Shell) -> None:
    path = org.declares(f"members: {{{ADA}: {{role: admin}}, {SAM}: {{}}}}\n")
    ran = org.run(f"apply {path}")
    assert ran.code == Exit.UNAPPROVED
    assert "--auto-approve" in ran.err
    assert "1 member in total" in org.ok("live members")


def test_5_transfers_are_not_confirmed(people: Shell) -> None:
    path = leaving(people)
    ran = people.run(f"apply {path} --auto-approve")
    assert ran.code == Exit.UNAPPROVED
    assert "--confirm transfers" in ran.err
    done = people.run(f"apply {path} --auto-approve --confirm transfers")
    assert done.code == Exit.DONE
    assert "funnel" in people.ok(f"live content list --owner {ADA}")


def test_5_a_saved_plan_that_shows_the_transfers_confirms_them(people: Shell) -> None:
    saved = people.folder / "plan.json"
    people.ok(f"plan {leaving(people)} --out {saved}")
    assert "Applied" in people.ok(f"apply {saved}")


def leaving(people: Shell) -> str:
    """sam leaves, and their chart goes to ada."""
    people.ok(f"live content add funnel --kind chart --project web --as {SAM}")
    return people.declares(f"""
        members:
          {ADA}: {{role: admin}}
          {KIM}: {{projects: {{web: viewer}}}}
          {BOB}: {{}}
        departures:
          {SAM}: {{transfer_content_to: {ADA}}}
        """)


def test_6_a_plan_that_was_altered(org: Shell) -> None:
    saved = org.folder / "plan.json"
    org.ok(f"plan {org.declares(ADMIN)} --out {saved}")
    saved.write_text(saved.read_text().replace('"acme"', '"evil"'))
    for line in (f"show {saved}", f"apply {saved}"):
        ran = org.run(line)
        assert ran.code == Exit.STALE
        assert "altered" in ran.err


def test_6_a_plan_that_was_applied_already_and_one_that_is_stale(org: Shell) -> None:
    saved, other = org.folder / "plan.json", org.folder / "other.json"
    path = org.declares(f"members: {{{ADA}: {{role: admin}}, {SAM}: {{}}}}\n")
    org.ok(f"plan {path} --out {saved}")
    org.ok(f"plan {path} --out {other} --commit abc")
    org.ok(f"apply {saved}")
    ran = org.run(f"apply {saved}")
    assert ran.code == Exit.STALE
    assert "applied already" in ran.err
    ran = org.run(f"apply {other}")
    assert ran.code == Exit.STALE
    assert "plan again" in ran.err


def test_6_a_plan_that_expired(org: Shell) -> None:
    saved = org.folder / "plan.json"
    path = org.declares(f"members: {{{ADA}: {{role: admin}}, {SAM}: {{}}}}\n")
    org.ok(f"plan {path} --out {saved}")
    ran = org.run(f"apply {saved}", RECONCILER_NOW="2026-08-01")
    assert ran.code == Exit.STALE
    assert "expired on" in ran.err


def test_7_a_limit_was_hit(org: Shell) -> None:
    crowd = [f"p{i}@acme.example" for i in range(8)]
    org.ok("live invite --role user " + " ".join(crowd))
    ran = org.run(f"plan {org.declares(ADMIN)}")
    assert ran.code == Exit.LIMIT
    assert "L02" in ran.out
    assert org.run(f"apply {org.path} --auto-approve").code == Exit.LIMIT


def test_8_another_run_holds_the_organization(org: Shell) -> None:
    held = sqlite3.connect(org.folder / "live.db", isolation_level=None)
    tables = [name for (name,) in held.execute(
        "select name from sqlite_master where name like '%lease%'")]
    held.execute(f"update {tables[0]} set owner = 'ada elsewhere', token = token + 1, "
                 "since = '2026-06-01T00:00:00.000000Z', heartbeat_at = since, "
                 "expires_at = '2999-01-01T00:00:00.000000Z'")
    held.execute(f"update {tables[0]} set heartbeat_at = since")
    held.close()
    ran = org.run(f"live login {ADA}")
    assert ran.code == Exit.LOCKED
    assert "ada elsewhere" in ran.err


def test_10_a_server_that_is_not_there(org: Shell) -> None:
    ran = org.run("live members --store postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert ran.code == Exit.UNREACHABLE
    assert "Traceback" not in ran.err


def test_10_a_file_that_is_no_database(org: Shell) -> None:
    other = org.folder / "text.db"
    other.write_text("not a database at all, but long enough to have a header" * 20)
    ran = org.run(f"live members --store sqlite:///{other}")
    assert ran.code == Exit.UNREACHABLE


def test_10_a_directory_that_is_not_there(shell: Shell) -> None:
    ran = shell.run(f"live init acme --admin {ADA} "
                    f"--store sqlite:///{shell.folder}/none/live.db")
    assert ran.code == Exit.UNREACHABLE
    assert "Traceback" not in ran.err


def test_the_head_of_these_tests_is_valid(shell: Shell) -> None:
    assert shell.run(f"validate {shell.declares(ADMIN, HEAD)}").code == Exit.DONE
