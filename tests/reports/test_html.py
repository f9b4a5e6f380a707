"""The report as HTML, as text: how it looks and works is tried in a browser (tests/browser)."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.reports.escape import for_html
from reconciler.reports.html.elements import Markup, el, raw_element
from reconciler.reports.html.page import to_html
from tests.reports.golden import VIEWS, hold_against
from tests.reports.plans import NASTY

_OWN = re.compile(r"<(style|script)>.*?</\1>", re.DOTALL)
_HASH = re.compile(r"sha256-[A-Za-z0-9+/=]{44}")


def body_only(page: str) -> str:
    """A page to be read as a golden file: an element a line, without style and script."""
    bare = _HASH.sub("sha256-...", _OWN.sub(r"<\1>...</\1>", page))
    return re.sub(r"(?<=.)(?=<(?:li|section|details|h\d|dl|header|main|footer|search|nav)\b)", "\n",
                  bare)


@pytest.mark.parametrize("name", VIEWS)
def test_a_report_is_what_its_golden_file_says(name: str) -> None:
    hold_against(f"{name}.html", body_only(to_html(VIEWS[name])))


class Reader(HTMLParser):
    """What a parser reads out of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_has_no_handler_no_other_file_and_one_script(name: str) -> None:
    page = Reader(to_html(VIEWS[name]))
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    for tag, attributes in page.tags:
        assert tag not in {"img", "iframe", "link", "object", "base", "form"}
        assert not [a for a in attributes if a.startswith("on") or a in ("src", "style", "action")]
        assert attributes.get("href", "#").startswith("#"), attributes


def test_its_policy_lets_in_its_own_style_and_script_alone() -> None:
    page = to_html(VIEWS["hostile"])
    policy = next(attributes["content"] for tag, attributes in Reader(page).tags
                  if attributes.get("http-equiv") == "Content-Security-Policy") or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    for name in ("style", "script"):
        content = re.search(rf"<{name}>(.*?)</{name}>", page, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content.group(1).encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


@given(st.text(max_size=30) | st.sampled_from(NASTY) | st.text("<>&\"'=`/ \n\x1b", max_size=12))
def test_a_text_stays_text_in_an_element_and_in_an_attribute(text: str) -> None:
    made = Reader(f"<p>{el('b', text, title=text)}</p>")
    assert [tag for tag, _ in made.tags] == ["p", "b"]
    assert set(made.tags[1][1]) == {"title"}
    shown = Reader(f"<p>{for_html(text)}</p>").text
    assert made.text == made.tags[1][1]["title"] == shown
    assert all(c.isprintable() for c in shown)


def test_an_element_is_not_escaped_again_and_nothing_is_no_child() -> None:
    assert el("p", el("b", "<"), None, "&", class_="a b", hidden=True, id=None) == (
        '<p class="a b" hidden><b>&lt;</b>&amp;</p>')
    assert isinstance(el("br"), Markup)


def test_our_own_script_cannot_end_before_its_end() -> None:
    with pytest.raises(ValueError, match="would end before its end"):
        raw_element("script", "x = '</script>'")
