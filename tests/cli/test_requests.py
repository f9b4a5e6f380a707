"""`reconciler requests`: who asks to join, and what the file decides of them."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from reconciler.cli.main import program
from reconciler.model.operations import RequestAccess
from tests.planning.house import House, email


def test_requests_lists_who_asks_with_the_decision_of_the_file(tmp_path: Path) -> None:
    house = House(tmp_path)
    for who in ("kim", "li", "bo"):
        house.does(RequestAccess(email(who), f"{who.title()} Example"))
    house.declares("""
    members: {ada@acme.example: {role: admin}, kim@acme.example: {}}
    access_requests: {deny: [li@acme.example]}
    """)
    store = f"sqlite:///{tmp_path / 'live.db'}"
    runner = CliRunner()
    shown = runner.invoke(program, ["requests", str(house.path), "--store", store])
    assert shown.exit_code == 0, shown.output
    assert "3 access requests, 1 to decide." in shown.output
    assert "add under members: bo@acme.example: {}" in shown.output
    as_json = runner.invoke(program, ["requests", str(house.path), "--store", store,
                                      "--format", "json"])
    assert {r["email"]: r["decision"] for r in json.loads(as_json.output)} == {
        "bo@acme.example": "undecided", "kim@acme.example": "approved",
        "li@acme.example": "denied"}


def test_requests_without_a_path_and_without_requests_says_none(tmp_path: Path) -> None:
    House(tmp_path)
    shown = CliRunner().invoke(
        program, ["requests", "--store", f"sqlite:///{tmp_path / 'live.db'}"])
    assert (shown.exit_code, shown.output.strip()) == (0, "None.")


def test_whoever_has_ended_waits_for_a_decision_and_a_new_address_is_approved(
    tmp_path: Path,
) -> None:
    """What `requests` says is what the next plan does."""
    people = """
    members:
      ada@acme.example: {role: admin}
      li@acme.example: {}
    """
    house = House(tmp_path).is_live(people, joined="li")
    for who in ("kim@acme.example", "li@new.example"):
        house.does(RequestAccess(email(who), None))
    house.declares(people + "  kim@acme.example: {until: 2026-02-01}\n"
                   "    email_changes: [{from: li@acme.example, to: li@new.example}]\n")
    shown = CliRunner().invoke(
        program, ["requests", str(house.path), "--store", f"sqlite:///{tmp_path / 'live.db'}",
                  "--format", "json"], env={"RECONCILER_NOW": house.now.isoformat()})
    assert {r["email"]: r["decision"] for r in json.loads(shown.output)} == {
        "kim@acme.example": "undecided", "li@new.example": "approved"}
    plan = house.plan()
    assert [c.key for c in plan.changes] == ["approve-request:li@new.example"]
    assert [n.subject for n in plan.notes if n.code == "undecided"] == ["kim@acme.example"]
