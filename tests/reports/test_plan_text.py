"""The report of a plan, against golden files (RECONCILER_GOLDEN=write makes them anew)."""

from __future__ import annotations

import gc
import time
from dataclasses import replace

import pytest

from reconciler.model.operations import ChangeSetting
from reconciler.planning.plan import Plan, Risk
from reconciler.reports.paint import Tone
from reconciler.reports.plan_text import plan_text
from reconciler.reports.plan_view import view_of
from tests.reports.golden import VIEWS, hold_against
from tests.reports.plans import (
    SAM,
    a_plan,
    change,
    everything,
    hostile,
    invitation,
    of_a_manager,
    with_causes,
)


def text(plan: Plan, *, verbose: bool = False) -> str:
    view = view_of(plan, verbose=verbose, next_step="Apply it: reconciler apply plan.json")
    return plan_text(view, verbose=verbose)


@pytest.mark.parametrize(("name", "plan", "verbose"), [
    ("everything", everything(), False),
    ("everything-verbose", everything(), True),
    ("hostile", hostile(), False),
    ("manager", of_a_manager(), False),
    ("permitted-only", replace(of_a_manager(), permitted_only=True, findings=(),
                               changes=of_a_manager().changes[:1],
                               left_out=of_a_manager().changes[1:]), False),
    ("empty", a_plan(), False),
    ("causes", with_causes(), False),
])
def test_a_report_is_what_its_golden_file_says(name: str, plan: Plan, verbose: bool) -> None:
    hold_against(f"{name}.txt", text(plan, verbose=verbose) + "\n")


@pytest.mark.parametrize("name", [
    "applied", "drift", "watched", "not-applied", "snapshot", "snapshot-empty"])
def test_what_was_applied_and_drift_are_said_in_text_too(name: str) -> None:
    hold_against(f"{name}.txt", plan_text(VIEWS[name]) + "\n")


def test_nothing_in_a_report_steers_a_terminal() -> None:
    made = text(hostile(), verbose=True)
    assert all(line.isprintable() for line in made.split("\n"))
    assert "##[" not in made
    assert not any(line.lstrip().startswith("::") for line in made.split("\n"))


def test_risk_comes_first() -> None:
    headings = [line for line in text(everything()).split("\n") if line and line[0] not in " "]
    assert headings[2:7] == [
        "! Cannot be undone (1)", "! Removals (1)", "! Admin rights granted (1)",
        "! Access lost (2)", "People (2)"]


def test_every_change_is_shown_once() -> None:
    plan = everything()
    view = view_of(plan)
    rows = [row for section in view.sections for block in section.blocks for row in block.rows]
    assert len(rows) == len(plan.changes) == sum(number for _, number in view.counts)


def test_a_person_is_one_block() -> None:
    view = view_of(everything())
    subjects = [block.subject for section in view.sections for block in section.blocks]
    assert len(subjects) == len(set(subjects))


def test_many_invitations_take_one_line_each() -> None:
    plan = a_plan(*(invitation(f"p{i:04}", i) for i in range(1, 1701)))
    lines = text(plan).split("\n")
    assert sum("invite as user" in line for line in lines) == 1700
    assert len(lines) < 1715


def test_colour_adds_nothing_but_colour() -> None:
    def tagged(text: str, tone: Tone) -> str:
        return f"\x01{text}\x02"

    coloured = plan_text(view_of(everything()), paint=tagged)
    assert coloured.replace("\x01", "").replace("\x02", "") == plan_text(view_of(everything()))


def test_a_plan_that_is_refused_says_so_in_its_last_lines() -> None:
    made = text(of_a_manager()).split("\n")
    assert made[-4].startswith(f"org.yaml:11: R12 {SAM} may not")
    assert made[-2].endswith("It cannot be applied: 1 problem.")


def test_a_hundred_thousand_changes_are_laid_out_in_seconds() -> None:
    plan = a_plan(*(invitation(f"p{i}", i) for i in range(1, 20_001)))
    gc.disable()
    try:
        began = time.perf_counter()
        text(plan)
        taken = time.perf_counter() - began
    finally:
        gc.enable()
    # A fifth of them, with room for a busy machine: alone it takes 0.2 seconds.
    assert taken < 2


def test_whom_a_switch_converts_is_named_by_role_and_counted_beyond_a_few() -> None:
    setting = "project_level_permissions"
    viewers = [f"viewer{number:04}@acme.example" for number in range(1240)]
    before = {setting: False,
              "converts": dict.fromkeys(viewers, "viewer") | {"ada@acme.example": "manager"},
              "default_projects": {viewers[7]: "web"}}
    plan = a_plan(change(ChangeSetting(setting, True), before, {setting: True}, risk=Risk.LOSS))
    shown = text(plan)
    assert ("off -> on; become user: 1 manager (ada@acme.example), 1,240 viewers ("
            "viewer0000@acme.example,") in shown
    assert "and 1,234 more)" in shown
    assert "clears the default project of 1 person (viewer0007@acme.example)" in shown
    assert all(name in text(plan, verbose=True) for name in viewers)
