"""The report as Markdown: bounded, and nothing in it is read as anything but text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reconciler.model.email import Email
from reconciler.model.operations import RemoveMember, SetPolicy, SetRole
from reconciler.model.policy import BUILT_IN
from reconciler.model.roles import Role
from reconciler.planning.plan import Plan, Risk
from reconciler.reports.escape import for_markdown, for_markdown_block
from reconciler.reports.markdown import LIMIT, to_markdown
from reconciler.reports.plan_view import view_of
from tests.reports.golden import VIEWS, hold_against
from tests.reports.plans import NASTY, a_plan, change, everything, invitation

READER = MarkdownIt("gfm-like", {"linkify": False})


@pytest.mark.parametrize("name", VIEWS)
def test_a_report_is_what_its_golden_file_says(name: str) -> None:
    hold_against(f"{name}.md", to_markdown(VIEWS[name]))


def removals(number: int) -> Plan:
    return a_plan(*(
        change(RemoveMember(Email(f"leaver-{n:05}@acme.example")),
               {"member": {"state": "joined", "role": "user", "projects": {"web": "viewer"}}},
               {"member": None}, line=n, risk=Risk.REMOVAL) for n in range(number)))


def test_everything_else_is_cut_before_a_removal_or_an_admin_right_is() -> None:
    risky = everything().changes + removals(100).changes
    plan = a_plan(*risky, *(invitation(f"p{n:05}", n) for n in range(5_000)))
    made = to_markdown(view_of(plan))
    assert len(made) <= LIMIT
    assert all(f"leaver-{n:05}@acme.example  remove (was user" in made for n in range(100))
    assert "kim@acme.example\n!     role: user -> admin  [differs, org.yaml:30]" in made
    assert "lines had no room here: " in made
    assert "<summary>People (5,002)</summary>" in made


def test_what_waits_has_room_before_a_long_list_of_people() -> None:
    plan = replace(everything(), changes=tuple(invitation(f"p{n:05}", n) for n in range(5_000)))
    made = to_markdown(view_of(plan))
    assert "transfer content waits for new@acme.example" in made
    assert made.index("<summary>People") < made.index("<summary>Waiting")


def test_a_section_of_one_line_is_whole_behind_a_long_one() -> None:
    policy = change(SetPolicy(replace(BUILT_IN, min_admins=3)), {}, {})
    long = (invitation(f"p{n:05}", n) for n in range(5_000))
    made = to_markdown(view_of(a_plan(*long, policy)))
    assert "lines had no room here: " in made
    said = made.partition("<summary>Policy (1)</summary>")[2]
    assert "line more" not in said.partition("</details>")[0]
    assert "+ policy  keep" in said.partition("</details>")[0]


def test_removals_without_room_are_said_in_one_short_line_each() -> None:
    made = to_markdown(view_of(removals(700)))
    assert len(made) <= LIMIT
    assert made.count("  remove (was user; web viewer)\n") == 700
    assert "are said in short: " in made


def test_still_more_removals_are_named_and_at_last_counted() -> None:
    named = to_markdown(view_of(removals(1_500)))
    assert all(f"leaver-{n:05}@acme.example" in named for n in range(1_500))
    counted = to_markdown(view_of(removals(10_000)))
    assert len(counted) <= LIMIT
    assert "### Removals (10,000)" in counted
    said = re.search(r"leaver-(0\d{4})@acme\.example\nand (\d,\d{3}) more\n", counted)
    assert said is not None
    last, more = said.groups()
    assert int(last) + 1 + int(more.replace(",", "")) == 10_000
    assert int(last) > 1_900


def test_an_admin_right_that_is_left_for_others_is_not_cut_either() -> None:
    grant = change(SetRole(Email("kim@acme.example"), Role.ADMIN), {"role": "user"},
                   {"role": "admin"}, risk=Risk.ADMIN_GRANT, permitted=False)
    plan = a_plan(grant, *(invitation(f"p{n:05}", n) for n in range(5_000)))
    assert "! kim@acme.example  role: user -> admin" in to_markdown(view_of(plan))


@settings(deadline=None)
@given(st.lists(st.sampled_from([*NASTY, "\U000e0001" * 900, "`" * 500, "x" * 5_000]),
                min_size=1, max_size=60), st.sampled_from(Risk))
def test_no_report_is_longer_than_there_is_room(names: list[str], risk: Risk) -> None:
    plan = a_plan(*(
        change(RemoveMember(Email(f"{n}{name}")), {"member": {"role": name}}, {"member": None},
               risk=risk, permitted=n % 2 == 0, who_may=name) for n, name in enumerate(names)),
        actor=names[0], organization=names[-1])
    assert len(to_markdown(view_of(plan))) <= LIMIT


def tokens(text: str) -> list[Token]:
    found = []
    for token in READER.parse(text):
        found += [token, *(token.children or ())]
    return found


@given(st.text(max_size=40) | st.sampled_from(NASTY) | st.text("`*_<>[]()|@#! \n\\&:", max_size=12))
def test_a_text_is_read_as_text_or_code_and_nothing_else(text: str) -> None:
    line = {t.type for t in tokens(f"Before {for_markdown(text)} after")}
    assert line <= {"paragraph_open", "inline", "text", "code_inline", "paragraph_close"}
    block = [t.type for t in tokens(for_markdown_block([text, text]))]
    assert block == ["fence"]


def test_whom_a_server_would_call_or_link_stands_in_code() -> None:
    for text in ("@everyone", "see #12", "GH-12", "https://x.example", "www.x.example", ":tada:",
                 "0badcafe"):
        assert for_markdown(text).startswith("`"), text
    assert for_markdown("Plan: 6 to add, 4 to change.") == "Plan: 6 to add, 4 to change."


def test_no_name_makes_a_tag_a_link_or_a_comment() -> None:
    made = to_markdown(VIEWS["nasty"])
    html = [t.content for t in tokens(made) if t.type in ("html_block", "html_inline")]
    assert {tag for part in html for tag in re.findall(r"</?[a-z]+", part)} <= {
        "<details", "</details", "<summary", "</summary", "<code", "</code"}
    assert sum("<!--" in part for part in html) == 1
    assert not {t.type for t in tokens(made)} & {"link_open", "image", "em_open"}
