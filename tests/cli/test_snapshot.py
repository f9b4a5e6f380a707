"""`reconciler snapshot`, and every command that reads one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, BOB, HEAD, KIM, SAM, Ran, Shell

MEMBERS = f"""
    members:
      {ADA}: {{role: admin}}
      {SAM}: {{projects: {{web: manager}}}}
      {KIM}: {{projects: {{web: member}}}}
      {BOB}: {{}}
"""
SAID = "Against a snapshot taken 2026-06-01 12:00 UTC"
NOTE = ("note: this is a snapshot taken 2026-06-01 12:00 UTC, without titles of content and "
        "without history\n")


class Snapped:
    """A shell whose store is a snapshot; the live store is there under another name."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.path = shell.folder / "acme.snapshot"
        self.live = str(shell.environment["RECONCILER_STORE"])
        shell.ok(f"snapshot --out {self.path}")
        shell.environment["RECONCILER_STORE"] = f"snapshot:{self.path}"

    def on_both(self, line: str) -> tuple[Ran, Ran]:
        """What a command says of the live store, and of the snapshot."""
        return self.shell.run(line, RECONCILER_STORE=self.live), self.shell.run(line)


@pytest.fixture
def snapped(people: Shell) -> Snapped:
    """A snapshot of acme with ada, sam, kim and the invited bob, and an org.yaml that differs."""
    people.ok(f"live content add c1 --kind chart --project web --title Funnel --owner {SAM}")
    people.declares(MEMBERS)
    return Snapped(people)


def test_a_snapshot_is_written_and_said_in_one_line(people: Shell) -> None:
    out = people.folder / "acme.snapshot"
    ran = people.run(f"snapshot --out {out}").ok()
    assert ran.out == (f"Wrote acme as it was at 2026-06-01 12:00 UTC to {out} "
                       "(4 members).\n")
    assert ran.err == f"Next, plan against it: reconciler plan PATH --store snapshot:{out}\n"
    assert [p.name for p in people.folder.iterdir() if "part" in p.name] == []


def test_what_was_written_as_json(people: Shell) -> None:
    out = people.folder / "acme.snapshot"
    told = people.run(f"snapshot --out {out} --format json").json
    line = out.read_bytes().partition(b"\n")[0]
    head = json.loads(line.partition(b" ")[2])
    assert told == {"organization": "acme", "taken_at": "2026-06-01T12:00:00+00:00",
                    "sequence": head["sequence"], "members": 4, "bytes": out.stat().st_size,
                    "digest": head["digest"]}


def test_an_older_snapshot_is_replaced_and_nothing_else_is(people: Shell) -> None:
    out = people.folder / "acme.snapshot"
    people.ok(f"snapshot --out {out}")
    first = out.read_bytes()
    people.ok("live invite new@acme.example")
    people.ok(f"snapshot --out {out}")
    assert out.read_bytes() != first
    people.declares(MEMBERS)
    for other in (people.path, people.folder / "live.db"):
        before = other.read_bytes()
        ran = people.run(f"snapshot --out {other}")
        assert ran.code == Exit.INVALID
        assert "exists and is no snapshot; it is left as it is" in ran.err
        assert other.read_bytes() == before


@pytest.mark.parametrize("out", ["-", ".", "/dev/null", "nowhere/acme.snapshot"])
def test_a_snapshot_is_a_file(people: Shell, out: str) -> None:
    ran = people.run(f"snapshot --out {out}")
    assert ran.code == Exit.INVALID
    assert ran.out == ""


def test_a_plan_says_in_every_medium_what_it_was_made_against(snapped: Snapped) -> None:
    shell = snapped.shell
    line = f"plan {shell.path}"
    for medium in ("text", "markdown"):
        ran = shell.run(f"{line} --format {medium}").ok()
        assert SAID in ran.out
        assert "it cannot be applied" in ran.out
        assert "4 members in the snapshot" in ran.out
        assert "in the live store" not in ran.out
        assert "To apply it, plan it against the live store." in ran.out
        assert ran.err == ""
    html = shell.ok(f"{line} --format html")
    assert f"{SAID}: it cannot be applied" in html
    assert "To review, not to apply" in html
    assert "Ready to apply" not in html
    assert shell.run(f"{line} --format json").json["snapshot"] == "2026-06-01T12:00:00+00:00"
    report = shell.folder / "report.json"
    shell.ok(f"{line} --report json={report}")
    assert json.loads(report.read_text())["snapshot"] == "2026-06-01T12:00:00+00:00"


def test_a_plan_of_the_live_store_says_nothing_of_it(snapped: Snapped) -> None:
    live, _ = snapped.on_both(f"plan {snapped.shell.path}")
    assert "snapshot" not in live.out + live.err
    report = snapped.shell.folder / "report.json"
    snapped.shell.ok(f"plan {snapped.shell.path} --report json={report}",
                     RECONCILER_STORE=snapped.live)
    assert json.loads(report.read_text())["snapshot"] is None


@pytest.mark.parametrize("medium", ["text", "markdown", "html"])
def test_nothing_to_change_says_so_too(people: Shell, medium: str) -> None:
    people.declares(MEMBERS.replace("member}", "viewer}"))
    shell = Snapped(people).shell
    out = shell.ok(f"plan {shell.path} --format {medium}")
    assert SAID in out
    assert "No changes. acme is as declared (4 members)." in out


def test_a_plan_is_that_of_the_live_store(snapped: Snapped) -> None:
    live, other = snapped.on_both(f"plan {snapped.shell.path} --format json")
    mention = ("snapshot", "digest", "applyable")
    assert ({k: v for k, v in live.json.items() if k not in mention}
            == {k: v for k, v in other.json.items() if k not in mention})
    assert live.json["changes"]


def test_what_refuses_a_plan_refuses_it_there_too(snapped: Snapped) -> None:
    snapped.shell.declares(f"members: {{{ADA}: {{role: user}}, {SAM}: {{}}}}")
    live, other = snapped.on_both(f"plan {snapped.shell.path}")
    assert live.code == other.code == Exit.REFUSED
    assert live.err == other.err


def test_detailed_exit_codes_are_the_same(snapped: Snapped) -> None:
    live, other = snapped.on_both(f"plan {snapped.shell.path} --detailed-exitcode")
    assert live.code == other.code == Exit.CHANGES


def test_a_saved_plan_is_shown_and_not_applied(snapped: Snapped) -> None:
    shell, saved = snapped.shell, snapped.shell.folder / "plan.json"
    ran = shell.run(f"plan {shell.path} --out {saved}").ok()
    assert f"Saved the plan as {saved}." in ran.err
    assert SAID in shell.ok(f"show {saved}")
    for store in (snapped.live, f"snapshot:{snapped.path}"):
        applied = shell.run(f"apply {saved}", RECONCILER_STORE=store)
        assert applied.code == Exit.INVALID
        assert applied.out == ""
    assert "a snapshot taken 2026-06-01 12:00 UTC" in shell.run(
        f"apply {saved}", RECONCILER_STORE=snapped.live).err
    members = shell.run("live members --format json", RECONCILER_STORE=snapped.live).json
    assert next(m for m in members["members"] if m["email"] == KIM)["projects"] == {
        "web": "viewer"}


def test_approvals_are_of_plans_that_can_be_applied_by_the_roles_of_the_live_store(
    snapped: Snapped,
) -> None:
    shell = snapped.shell
    saved, live = shell.folder / "plan.json", shell.folder / "live.json"
    shell.ok(f"plan {shell.path} --out {saved}")
    shell.ok(f"plan {shell.path} --out {live}", RECONCILER_STORE=snapped.live)
    who = f"--author {SAM} --approver {ADA}"
    ran = shell.run(f"approvals {saved} {who}", RECONCILER_STORE=snapped.live)
    assert (ran.code, ran.out) == (Exit.INVALID, "")
    assert "only a plan of the live store can be applied" in ran.err
    ran = shell.run(f"approvals {live} {who}")
    assert (ran.code, ran.out) == (Exit.INVALID, "")
    assert "this needs the live store" in ran.err
    shell.ok(f"approvals {live} {who}", RECONCILER_STORE=snapped.live)


@pytest.mark.parametrize("line", [
    "apply {path} --auto-approve", "apply {path} --permitted-only", "live invite new@acme.example",
    f"live join {BOB}", f"live login {SAM}", f"live remove {KIM}",
    f"live set-role {KIM} --role admin",
    "live init beta --admin ada@acme.example", "live upgrade", "live settings --tier plus",
    "live group create g", f"live transfer --from {SAM} --to {ADA}", "snapshot --out {path}.s",
    "live project create z --name Z", f"revert r1 --out {SAM}.json",
    "history", "history show r1", "audit", "audit verify",
    "live migrate-domain acme.example new.example",
    "live migrate-domain acme.example new.example --ticket",
])
def test_what_writes_or_asks_for_history_needs_the_live_store(
    snapped: Snapped, line: str
) -> None:
    before = snapped.path.read_bytes()
    ran = snapped.shell.run(line.format(path=snapped.shell.path))
    assert (ran.code, ran.out) == (Exit.INVALID, ""), ran
    assert ran.err.startswith(f"error: {snapped.path} is a snapshot, and this needs the live "
                              "store (name it: --store sqlite:///FILE"), ran.err
    assert snapped.path.read_bytes() == before


@pytest.mark.parametrize("line", [
    "live members", "live members --state pending --format json", f"live show {SAM} {KIM}",
    "live group list", "live project list", "live space list", "live team list",
    "live settings show", "who-can viewer web", "who-can admin web --format csv",
    "requests", "export --out -",
])
def test_what_only_reads_says_the_same_and_where_it_comes_from(
    snapped: Snapped, line: str
) -> None:
    live, other = snapped.on_both(line)
    assert live.code == other.code == Exit.DONE
    assert other.out == live.out
    assert other.err == NOTE + live.err


def test_an_exported_snapshot_plans_nothing(snapped: Snapped) -> None:
    out = snapped.shell.folder / "exported.yaml"
    snapped.shell.ok(f"export --out {out}")
    for ran in snapped.on_both(f"plan {out} --detailed-exitcode"):
        assert ran.code == Exit.DONE


def test_content_has_no_titles(snapped: Snapped) -> None:
    (item,) = snapped.shell.run("live content list --format json").json
    assert (item["id"], item["owner"], item["title"]) == ("c1", SAM, "")
    assert b"Funnel" not in snapped.path.read_bytes()


def test_access_is_explained_without_who_gave_it(people: Shell) -> None:
    people.declares(MEMBERS)
    people.ok(f"apply {people.path} --auto-approve")
    # What moved since a run is in a snapshot, for drift; of all else nothing is, so none is told.
    people.ok(f"live set-role {SAM} --project web --role admin")
    snapped = Snapped(people)
    live, other = snapped.on_both(f"explain {SAM} web --format json")
    (source,), (same,) = (ran.json["projects"][0]["sources"] for ran in (live, other))
    assert source["given"]["by"] == ADA
    assert same["given"] is None
    assert {**source, "given": None} == same
    assert other.err == NOTE


@pytest.mark.parametrize("line", [f"explain {SAM} --as-of 2026-06-01",
                                  "who-can viewer web --as-of 2026-06-01"])
def test_the_past_is_asked_of_the_live_store(snapped: Snapped, line: str) -> None:
    live, other = snapped.on_both(line)
    assert live.code == Exit.DONE
    assert other.code == Exit.INVALID
    assert "keeps no history of who had what (ask the live store" in other.err


def test_somebody_who_left_is_told_without_a_time_that_cannot_be_asked_for(people: Shell) -> None:
    people.ok(f"live remove {KIM}")
    err = Snapped(people).shell.run(f"explain {KIM}").err
    assert "remove member by ada@acme.example" in err
    assert "ask the live store for the time before" in err


def test_drift_is_found_and_says_what_it_was_found_in(people: Shell) -> None:
    people.declares(MEMBERS)
    people.ok(f"apply {people.path} --auto-approve")
    people.ok(f"live set-role {KIM} --project web --role admin")
    snapped = Snapped(people)
    for medium in ("text", "markdown", "html"):
        live, other = snapped.on_both(f"drift {people.path} --format {medium}")
        assert live.code == other.code == Exit.CHANGES
        assert f"{SAID}: what changed since is not in it." in other.out
        assert "cannot be applied" not in other.out
        assert other.err == ""
    live, other = snapped.on_both(f"drift {people.path} --format json")
    assert other.json["snapshot"] == "2026-06-01T12:00:00+00:00"
    assert live.json["sections"] == other.json["sections"]
    assert live.json["sections"]


def test_drift_is_adopted_out_of_a_snapshot(people: Shell) -> None:
    people.declares(MEMBERS)
    people.ok(f"apply {people.path} --auto-approve")
    people.ok(f"live set-role {KIM} --project web --role admin")
    snapped = Snapped(people)
    ran = people.run(f"adopt {people.path}").ok()
    assert NOTE in ran.err
    for planned in snapped.on_both(f"plan {people.path} --detailed-exitcode"):
        assert planned.code == Exit.DONE


def test_what_changed_since_is_not_in_it(snapped: Snapped) -> None:
    snapped.shell.ok("live invite late@acme.example", RECONCILER_STORE=snapped.live)
    live, other = snapped.on_both("live members --format json")
    assert [len(ran.json["members"]) for ran in (live, other)] == [5, 4]


# --- what can be wrong with it -------------------------------------------------------------------


@pytest.mark.parametrize("line", ["plan {path}", "drift {path}", "export --out -", "live members",
                                  f"explain {SAM}", "who-can viewer web", "adopt {path}"])
def test_a_snapshot_that_is_not_there_cut_off_or_altered_is_unreachable(
    snapped: Snapped, line: str
) -> None:
    data = snapped.path.read_bytes()
    for wrong, says in ((data[:-9], "is cut off"), (data[:-9] + b"123456789", "was altered"),
                        (b"\n", "is no snapshot"), (None, "No such file")):
        if wrong is None:
            snapped.path.unlink()
        else:
            snapped.path.write_bytes(wrong)
        ran = snapped.shell.run(line.format(path=snapped.shell.path))
        assert (ran.code, ran.out) == (Exit.UNREACHABLE, ""), ran
        assert says in ran.err
        assert ran.err.count("\n") == 1


def test_a_snapshot_of_another_organization_is_invalid(snapped: Snapped) -> None:
    shell = snapped.shell
    shell.declares(MEMBERS, head=HEAD.replace("acme", "beta"))
    for line in (f"plan {shell.path}", f"drift {shell.path}", "live members --organization beta"):
        ran = shell.run(line)
        assert (ran.code, ran.out) == (Exit.INVALID, "")
        assert ran.err.endswith(
            "error: the snapshot is of acme, not of beta (name one of beta, or take it: reconciler "
            "snapshot --organization beta --out FILE)\n")


def test_a_snapshot_without_a_file_is_invalid(snapped: Snapped) -> None:
    ran = snapped.shell.run(f"plan {snapped.shell.path} --store snapshot:")
    assert ran.code == Exit.INVALID
    assert "write snapshot:FILE" in ran.err


def test_a_snapshot_is_no_desired_state_and_no_plan(snapped: Snapped) -> None:
    for command in ("plan", "show", "validate", "drift"):
        ran = snapped.shell.run(f"{command} {snapped.path}")
        assert ran.code == Exit.INVALID
        assert (f"{snapped.path} is a snapshot of a live store (plan against it: reconciler plan "
                f"PATH --store snapshot:{snapped.path})") in ran.err


def test_a_plan_is_not_saved_over_a_snapshot(snapped: Snapped) -> None:
    before = snapped.path.read_bytes()
    ran = snapped.shell.run(f"plan {snapped.shell.path} --out {snapped.path}")
    assert ran.code == Exit.INVALID
    assert "is no saved plan" in ran.err
    assert snapped.shell.run(
        f"plan {snapped.shell.path} --report text={snapped.path}").code == Exit.INVALID
    assert snapped.path.read_bytes() == before


def test_one_of_several_organizations_is_named(people: Shell) -> None:
    people.ok(f"live init beta --admin {ADA}")
    out = people.folder / "x.snapshot"
    assert people.run(f"snapshot --out {out}").code == Exit.INVALID
    people.ok(f"snapshot --out {out} --organization beta")
    assert "beta" in people.ok(f"live members --store snapshot:{out}")
    assert b"sam@" not in out.read_bytes()


def test_a_store_that_is_not_there_leaves_no_file(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "none.snapshot"
    assert shell.run(f"snapshot --out {out} --store sqlite:///{tmp_path}/none.db").code == (
        Exit.INVALID)
    assert shell.run(f"snapshot --out {out} --store sqlite:///{tmp_path}").code == (
        Exit.UNREACHABLE)
    assert list(tmp_path.iterdir()) == []


def test_planning_against_a_snapshot_needs_no_driver(
    people: Shell, postgresql_url: str, tmp_path: Path
) -> None:
    """Taken from a server, planned by a machine that could not open one."""
    out = tmp_path / "of-a-server.snapshot"
    people.ok(f"live init acme --admin {ADA} --tier enterprise --project-level-permissions",
              RECONCILER_STORE=postgresql_url)
    people.ok(f"snapshot --out {out}", RECONCILER_STORE=postgresql_url)
    assert b"postgresql" not in out.read_bytes()
    people.declares(MEMBERS)
    script = ("import sys; sys.modules['psycopg'] = None\n"
              "from reconciler.cli.main import main\n"
              f"sys.argv = ['reconciler', 'plan', {str(people.path)!r}, '--store', "
              f"'snapshot:{out}']\nmain()")
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    assert "Against a snapshot taken 2026-06-01 12:00 UTC" in done.stdout
