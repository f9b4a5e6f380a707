"""The report as JSON: what its schema says, and nothing hidden in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.desired.schema import explain, schema_text
from reconciler.reports.document import to_document, to_json
from reconciler.reports.schema import report_schema
from reconciler.reports.view import View
from tests.reports.golden import VIEWS, hold_against

SCHEMAS = Path(__file__).parents[2] / "schemas"


@pytest.mark.parametrize("name", VIEWS)
def test_a_report_is_what_its_golden_file_says(name: str) -> None:
    hold_against(f"{name}.json", to_json(VIEWS[name]))


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_report_is_as_the_schema_says(view: View) -> None:
    assert explain(json.loads(to_json(view)), report_schema()) == []


def test_the_schema_has_teeth() -> None:
    document = to_document(VIEWS["everything"])
    wrong = explain(document | {"report": "poem", "extra": 1}, report_schema())
    assert len(wrong) == 2


def test_the_published_schema_is_made_from_the_code() -> None:
    assert (SCHEMAS / "report.schema.json").read_text() == schema_text(report_schema()), (
        "run: reconciler schema report > schemas/report.schema.json")


def test_it_says_what_the_view_says_and_shows_what_hides() -> None:
    made = to_json(VIEWS["hostile"])
    assert json.loads(made) == json.loads(json.dumps(to_document(VIEWS["hostile"])))
    assert all(c == "\n" or c.isprintable() for c in made)
