"""`history` and `history show`: what was run, by whom, and what each run did."""

from __future__ import annotations

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, SAM, Shell


def test_history_lists_the_runs_and_what_they_did(org: Shell) -> None:
    assert org.ok("history") == "No runs yet.\n"
    org.path.write_text(MINE)
    org.ok(f"apply {org.path} --auto-approve --commit 0badcafe0badcafe")
    (run,) = org.run("history --format json").json
    assert (run["outcome"], run["actor"], run["commit"], run["changes"]) == (
        "succeeded", ADA, "0badcafe0badcafe", sum(run["counts"].values()))
    heading, row = org.ok("history").splitlines()
    assert heading.split() == ["RUN", "STARTED", "ACTOR", "COMMIT", "OUTCOME", "TOOK", "WHAT"]
    assert run["run"] in row
    assert "0badcafe0bad " in row
    assert "invite" in row


def test_a_run_is_shown_whole_by_the_first_letters_of_its_id(org: Shell) -> None:
    org.path.write_text(MINE)
    org.ok(f"apply {org.path} --auto-approve --commit 0badcafe")
    shown = org.ok("history show 2026")
    assert shown.startswith("Run 20260601T120000-")
    assert f"+ {SAM}  invite as user" in shown
    assert "commit    0badcafe" in shown
    records = org.run("history show 2026 --format json").json["records"]
    assert {r["run"] for r in records} == {org.run("history --format json").json[0]["run"]}


def test_a_run_that_is_not_there_gets_the_nearest(org: Shell) -> None:
    org.path.write_text(MINE)
    org.ok(f"apply {org.path} --auto-approve")
    (run,) = org.run("history --format json").json
    wrong = org.run(f"history show {run['run'][:-1]}z")
    assert wrong.code == Exit.INVALID
    assert f"did you mean {run['run']}?" in wrong.err


MINE = f"""\
apiVersion: reconciler/v1
organization: acme
members:
  {ADA}: {{role: admin}}
  {SAM}: {{}}
"""
