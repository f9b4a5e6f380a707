"""Escaping, words, findings and the differences of records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.operations import OPERATIONS, Login
from reconciler.reports.done import done_line
from reconciler.reports.escape import for_terminal, width
from reconciler.reports.findings import finding_json, finding_line, tally
from reconciler.reports.record_diff import record_diff
from reconciler.reports.words import content, counted, listed, named
from tests.reports.plans import SAM


@given(st.text())
def test_escaped_text_is_one_printable_line(text: str) -> None:
    assert for_terminal(text).isprintable()


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_plain_text_stays_as_it_is_unless_a_ci_server_would_obey_it(text: str) -> None:
    if "##" not in text:
        assert for_terminal(text) == text


@pytest.mark.parametrize(("text", "shown"), [
    ("\x1b[2J", "\\x1b[2J"), ("a\nb\r\tc", "a\\nb\\r\\tc"), ("\u202ecod", "\\u202ecod"),
    ("a\u200bb", "a\\u200bb"), ("\u3164", "\\u3164"), ("\u00a0", "\\xa0"),
    ("\U000e0041", "\\U000e0041"), ("\ud800", "\\ud800"), ("##[error]x", "#\\x23[error]x"),
    ("Zoë 日本", "Zoë 日本"),
])
def test_what_is_hidden_becomes_visible(text: str, shown: str) -> None:
    assert for_terminal(text) == shown


def test_wide_letters_take_two_cells() -> None:
    assert width("日本") == 4
    assert width("e\u0301") == 1


def test_a_name_that_reads_like_more_is_quoted() -> None:
    assert named("web") == "web"
    assert named("sam@acme.example") == "sam@acme.example"
    assert named('web; role: "admin"') == '"web; role: \\"admin\\""'
    assert named("") == '""'


def test_counts_agree_with_their_nouns() -> None:
    assert counted(1, "person") == "1 person"
    assert counted(1682, "person") == "1,682 people"
    assert counted(2, "project access lost", "project accesses lost") == "2 project accesses lost"
    assert listed(["a", "b", "c", "d"], most=2) == "a, b and 2 more"
    assert listed(["a", "b", "c"], most=2) == "a, b, c"
    assert content({"web": {"chart": 2, "cohort": 1}, "ios": {"notebook": 1}}) == (
        "2 charts and 1 cohort in web; 1 notebook in ios")


def test_a_finding_is_one_line_with_its_place() -> None:
    finding = Finding(rule="R02", what="there is no group x", how="declare it",
                      location=Location("a.yaml", 3, 5))
    assert finding_line(finding) == str(finding)
    warning = Finding(rule="R21", what="below", how="", severity=Severity.WARNING)
    assert finding_line(warning) == str(warning) == "R21 warning: below"
    assert tally([finding, warning, warning]) == "1 error, 2 warnings"
    assert tally([]) == "no problems"
    assert finding_json(warning)["location"] is None


def test_the_difference_of_a_record_names_its_fields() -> None:
    before = {"role": "user", "projects": {"web": "viewer"}, "groups": ["a", "b"]}
    after = {"role": "admin", "projects": {"web": "member", "ios": "viewer"}, "groups": ["b", "c"]}
    assert [str(c) for c in record_diff(before, after)] == [
        "groups: a -> none", "groups: none -> c", "projects.ios: none -> viewer",
        "projects.web: viewer -> member", "role: user -> admin"]
    assert record_diff({"groups": ["a", "b"]}, {"groups": ["b", "a"]}) == []
    assert record_diff(None, {"sso": True})[0] == ("sso", None, True)


def test_what_a_change_only_expected_is_no_difference() -> None:
    before = {"in_group": False, "groups_give": {"devs": {"projects": {"web": "viewer"}}}}
    assert [str(c) for c in record_diff(before, {"in_group": True})] == ["in_group: off -> on"]


def test_what_changed_nothing_says_so() -> None:
    same = {"state": "joined"}
    assert done_line(Login(SAM), same, same) == f"~ {SAM}  logged in"
    for operation in OPERATIONS:
        assert operation.kind
