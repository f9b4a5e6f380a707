"""Limits that a commit's message allows to exceed."""

from __future__ import annotations

import pytest

from reconciler.gitops.github.allowing import allowances_in
from reconciler.model.errors import InvalidInput
from reconciler.model.operations import AllowLimit

WHY = "Reconciler-Reason: The office in Lyon closes"


@pytest.mark.parametrize("message", [
    "Close the office", "", "Reconciler-Allow: removals=34",
    "Reconciler-Allow: removals=34\nis what I would write\n\nCo-authored-by: Ada",
    "Close it\n\nWe talked about Reconciler-Allow: removals=34 here.",
], ids=["a subject", "nothing", "a subject of that form", "not at the end", "within a sentence"])
def test_a_message_that_does_not_end_with_it_allows_nothing(message: str) -> None:
    assert allowances_in(message) == ()


def test_a_message_allows_limits_by_name_and_number_for_a_reason() -> None:
    message = ("Close the office\n\nEverybody goes.\n\nSigned-off-by: Ada\n"
               f"reconciler-allow: removals = 34\r\nReconciler-Allow:demotions=2\n{WHY}\n")
    assert allowances_in(message) == (
        AllowLimit("demotions", 2, "The office in Lyon closes"),
        AllowLimit("removals", 34, "The office in Lyon closes"))


@pytest.mark.parametrize(("trailers", "says"), [
    ("Reconciler-Allow: removals=34", "says not why"),
    ("Reconciler-Allow: removals=34\nReconciler-Reason:", "says not why"),
    (f"Reconciler-Allow: removals=34\n{WHY}\n{WHY}", "says why more than once"),
    (WHY, "allows nothing"),
    (f"Reconciler-Allow: removals=34\nReconciler-Allow: removals=35\n{WHY}", "removals twice"),
    (f"Reconciler-Allow: removal=34\n{WHY}", "there is no limit removal"),
    (f"Reconciler-Allow: removals=many\n{WHY}", "is not LIMIT=NUMBER"),
    (f"Reconciler-Allow: removals\n{WHY}", "is not LIMIT=NUMBER"),
])
def test_what_says_it_in_another_way_is_refused_with_the_form(trailers: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as raised:
        allowances_in(f"Close the office\n\n{trailers}\n")
    assert raised.value.how
