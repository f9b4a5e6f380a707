"""A domain migration in words, bounded however many people move."""

from __future__ import annotations

from typing import Any

from reconciler.model.operations import MigrateDomain
from reconciler.reports.done import done_line

MIGRATION = MigrateDomain("old.example", "new.example", True)


def line(lost: dict[str, int], **carried: int) -> str:
    members: dict[str, Any] = {f"{who}@old.example": {"carried": {}, "lost": number}
                               for who, number in lost.items()}
    members["zoe@old.example"] = {"carried": carried, "lost": 0}
    before = {"domain": "old.example", "members": members, "lost": sum(lost.values()),
              "carried": sum(carried.values())}
    return done_line(MIGRATION, before, {"domain": "new.example"})


def test_of_somebody_with_nothing() -> None:
    assert line({}) == (
        "~ domain old.example  move 1 person to new.example: no content goes along, nothing is "
        "lost; everybody signs in again; cannot be undone")


def test_of_what_goes_along_and_what_is_lost() -> None:
    assert line({"li": 1}, chart=1).startswith(
        "~ domain old.example  move 2 people to new.example: 1 chart goes along, 1 item in "
        "personal spaces is lost (li@old.example 1); ")
    assert "2 charts, 1 cohort go along, 1,203 items in personal spaces are lost" in line(
        {"li": 1_203}, chart=2, cohort=1)


def test_of_many_who_lose_something_some_are_named() -> None:
    said = line({f"p{number:05}": 2 for number in range(10_000)})
    assert "p00009@old.example 2 and 9,990 more)" in said
    assert len(said) < 500
