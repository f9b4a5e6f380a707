"""validate, rules and schema: what needs no live store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.desired.schema import org_schema
from reconciler.planning.document import plan_schema
from reconciler.rules.catalogue import RULES
from tests.cli.shell import ADA, Shell

CORPUS = Path(__file__).parent.parent / "corpus"
CASES = sorted(path.parent for path in CORPUS.glob("*/expected.txt"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_validate_says_of_every_bad_file_what_it_must(
    shell: Shell, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(case)
    first, *findings = (case / "expected.txt").read_text().splitlines()
    ran = shell.run("validate org.yaml")
    assert f"exit {ran.code}" == first
    assert ran.out.splitlines() == findings
    assert ran.err.startswith("error: ")


def test_validate_counts_what_a_good_file_declares(shell: Shell) -> None:
    path = shell.declares(f"members: {{{ADA}: {{role: admin}}}}\n")
    assert shell.ok(f"validate {path}") == (
        f"{path} is valid: acme with 1 member, 0 groups, 2 projects; no problems.\n")
    assert shell.run(f"validate {path} --format json").json == {
        "valid": True, "organization": "acme", "findings": []}


def test_validate_tells_programs_where_a_problem_is(shell: Shell) -> None:
    path = shell.declares("membres: {}\n")
    ran = shell.run(f"validate {path} --format json")
    assert ran.code == 3
    finding = ran.json["findings"][0]
    assert finding["location"] == {"file": "org.yaml", "line": 6, "column": 1}
    assert finding["severity"] == "error"


def test_rules_lists_all_and_explains_one(shell: Shell) -> None:
    listed = shell.ok("rules")
    assert [line.split()[0] for line in listed.splitlines()] == [r.id for r in RULES]
    by_id, by_name = shell.ok("rules r20"), shell.ok("rules last-admin")
    assert by_id == by_name
    assert "remove-member" in by_id
    assert [r["id"] for r in json.loads(shell.ok("rules --format json"))] == [r.id for r in RULES]


def test_schema_prints_what_is_published(shell: Shell) -> None:
    assert json.loads(shell.ok("schema org")) == org_schema()
    assert json.loads(shell.ok("schema plan")) == plan_schema()
    published = Path(__file__).parent.parent.parent / "schemas" / "org.schema.json"
    assert shell.ok("schema org") == published.read_text()
