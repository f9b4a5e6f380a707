"""Every bad desired state of tests/corpus is refused with exactly the findings it must get."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired.format import FORMAT_CHECKS
from reconciler.desired.policy import validate_with_policy
from reconciler.model.errors import Exit, ReconcilerError

CORPUS = Path(__file__).parent.parent / "corpus"
CASES = sorted(path.parent for path in CORPUS.glob("*/expected.txt"))


def verdict(path: Path) -> str:
    """The exit code and the findings, in the form of expected.txt."""
    try:
        state = validate_with_policy(path)
    except ReconcilerError as refused:
        lines = [f"exit {int(refused.exit)}", *map(str, refused.findings)]
    else:
        lines = ["exit 0", *map(str, state.findings)]
    return "\n".join(lines) + "\n"


def test_the_corpus_is_large_enough() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_file_gets_exactly_the_findings_it_must(case: Path) -> None:
    assert verdict(case) == (case / "expected.txt").read_text()


def test_every_bad_file_is_refused_as_malformed_by_a_rule_a_limit_or_for_want_of_approval() -> None:
    firsts = {(case / "expected.txt").read_text().splitlines()[0] for case in CASES}
    assert firsts == {f"exit {int(e)}" for e in (
        Exit.INVALID, Exit.REFUSED, Exit.LIMIT, Exit.UNAPPROVED)}


def test_every_format_check_that_a_text_can_fail_is_in_the_corpus() -> None:
    seen = "".join((case / "expected.txt").read_text() for case in CASES)
    # Bytes, sizes and permissions are made in test_load.
    made_in_code = {"F01", "F02", "F17"}
    assert {c.id for c in FORMAT_CHECKS if f" {c.id} " not in seen} == made_in_code


def test_format_checks_have_ids_and_names_of_their_own() -> None:
    assert len({c.id for c in FORMAT_CHECKS}) == len({c.name for c in FORMAT_CHECKS}) == len(
        FORMAT_CHECKS)
