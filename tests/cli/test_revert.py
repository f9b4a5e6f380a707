"""`revert` as it is run: a saved plan, applied like any other, and what it says of the files."""

from __future__ import annotations

import json

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, KIM, SAM, Shell

BODY = f"""\
members:
  {ADA}: {{role: admin}}
  {SAM}: {{projects: {{web: manager}}}}
"""


def test_a_run_is_reverted_by_a_plan_that_is_applied_like_any_other(org: Shell) -> None:
    org.ok(f"apply {org.declares(BODY)} --auto-approve")
    org.declares(BODY + f"  {KIM}: {{role: admin}}\n")
    later = {"RECONCILER_NOW": "2026-06-02T12:00:00Z"}
    org.ok(f"apply {org.path} --auto-approve --commit 0badcafe", **later)
    run = org.run("history --format json").json[0]["run"]
    plan = org.folder / "revert.json"
    said = org.ok(f"revert {run[:20]} --out {plan}", **later)
    assert f"- {KIM}  revoke the invitation (was admin)" in said
    assert "the files still say it" in said
    assert "from commit 0badcafe" in said
    org.ok(f"apply {plan}", **later)
    assert KIM not in org.ok("live members")
    keys = [c["key"] for c in json.loads(org.ok(f"plan {org.path} --format json"))["changes"]]
    assert keys == [f"invite:{KIM}"], "the files still say it"


def test_a_run_that_is_not_there_or_changed_nothing_is_an_error(org: Shell) -> None:
    org.ok(f"apply {org.declares(BODY)} --auto-approve")
    org.ok(f"live join {SAM}")
    org.ok(f"apply {org.path} --auto-approve", RECONCILER_NOW="2026-06-02T12:00:00Z")
    plan = org.folder / "revert.json"
    assert org.run(f"revert 1999 --out {plan}").code == Exit.INVALID
    assert "changed nothing" in org.run(f"revert 20260602 --out {plan}").err
    assert not plan.exists()
