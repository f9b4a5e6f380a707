"""The HTML report as somebody reads it: search, filters, keyboard, paper, without its script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.reports.golden import VIEWS


def subjects(page: Page, way: str = "people") -> list[str]:
    """Whom the reader sees changes of."""
    inside = "b" if way == "people" else "a"
    return page.locator(f"#{way} ul > li > {inside}:visible").all_inner_texts()


def headings(page: Page) -> list[str]:
    return page.locator("#changes h3:visible").all_inner_texts()


def test_the_overview_says_who_is_there_and_what_weighs_most(opened: Open) -> None:
    page = opened(VIEWS["everything"])
    members = page.locator(".card", has_text="Members")
    expect(members.locator("dt")).to_have_text(["Total", "Joined", "Pending", "Requesting"])
    expect(members.locator("dd")).to_have_text(["1,682", "1,600", "80", "2"])
    first = page.get_by_role("navigation", name="Look at first")
    expect(first.get_by_role("link")).to_have_text([
        "Cannot be undone", "Removals", "Admin rights granted", "Access lost", "Waiting",
        "Warnings"])


def test_search_shows_who_and_what_has_all_of_the_words(opened: Open) -> None:
    page = opened(VIEWS["everything"])
    page.get_by_role("searchbox", name="Search").fill("WEB viewer")
    assert subjects(page) == ["sam@acme.example", "new@acme.example"]
    expect(page.get_by_role("status")).to_have_text("3 of 15 changes")
    assert headings(page) == ["Access lost 1 of 2", "People 1 of 2"]
    page.get_by_role("searchbox").fill("nobody at all")
    assert subjects(page) == []
    expect(page.get_by_role("status")).to_have_text("Nothing matches.")
    page.get_by_role("button", name="Clear").click()
    assert len(subjects(page)) == 12
    expect(page.get_by_role("status")).to_have_text("")


@pytest.mark.parametrize(("label", "option", "shown"), [
    ("Risk", "Removals", ["bob@acme.example", "eve@acme.example"]),
    ("Risk", "Admin rights granted", ["kim@acme.example"]),
    ("Kind", "Projects", ["project ios", "project web"]),
    ("Cause", "A consequence", ["sam@acme.example"]),
])
def test_a_filter_shows_what_it_names(
    opened: Open, label: str, option: str, shown: list[str]
) -> None:
    page = opened(VIEWS["everything"])
    page.get_by_label(label, exact=True).select_option(label=option)
    assert subjects(page) == shown


def test_what_moved_behind_us_can_be_filtered_and_names_who_did_it(opened: Open) -> None:
    page = opened(VIEWS["causes"])
    page.get_by_label("Cause", exact=True).select_option(label="Drift")
    assert subjects(page) == ["kim@acme.example"]
    expect(page.locator("#people li:visible").first).to_contain_text(
        "moved: by eve@acme.example on 2026-05-30 14:02 UTC, set role by hand")


def test_filters_and_search_hold_together_and_for_both_ways_to_read(opened: Open) -> None:
    page = opened(VIEWS["everything"])
    page.get_by_label("Risk", exact=True).select_option(label="Access lost")
    page.get_by_role("searchbox").fill("ios")
    assert subjects(page) == ["sam@acme.example", "group old"]
    page.get_by_role("button", name="By project").click()
    assert subjects(page, "projects") == ["group old"]
    assert headings(page) == ["ios 1 of 4"]


def test_by_project_leads_back_to_the_person(opened: Open) -> None:
    page = opened(VIEWS["everything"])
    page.get_by_role("button", name="By project").click()
    assert page.locator("#people").is_hidden()
    page.locator("#projects").get_by_role("link", name="sam@acme.example").click()
    expect(page.get_by_role("button", name="By person")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#people li:target > b")).to_have_text("sam@acme.example")


def test_everything_is_reached_by_keyboard(opened: Open) -> None:
    page = opened(VIEWS["everything"])
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the changes")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#changes")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("eve")
    assert subjects(page) == ["eve@acme.example"]
    page.keyboard.press("Escape")
    assert len(subjects(page)) == 12
    for name in ("risk", "kind", "cause", "by-people", "by-projects"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == name
    page.keyboard.press("Space")
    assert page.locator("#projects").is_visible()


def test_it_reads_without_its_script(opened: Open) -> None:
    page = opened(VIEWS["everything"], java_script_enabled=False)
    assert page.locator(".tools").is_hidden()
    assert len(subjects(page)) == 12
    assert "sam@acme.example" in subjects(page, "projects")
    page.locator("summary", has_text="Not managed").click()
    expect(page.get_by_text("project p49").first).to_be_visible()


def test_it_is_light_and_dark_as_the_reader_likes(opened: Open) -> None:
    page = opened(VIEWS["everything"])

    def brightness(of: str) -> float:
        color = page.evaluate(
            f"getComputedStyle(document.body).{of}").removeprefix("rgb(").removesuffix(")")
        return sum(map(float, color.split(","))) / 3

    for scheme, is_dark in (("light", False), ("dark", True)):
        page.emulate_media(color_scheme=scheme)
        assert (brightness("backgroundColor") < brightness("color")) is is_dark


def test_paper_has_everything_and_no_controls(opened: Open) -> None:
    page = opened(VIEWS["everything"])
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".tools").is_hidden()
    assert page.get_by_text("project p49").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_paper_of_a_filtered_report_says_that_it_is_not_all(opened: Open) -> None:
    page = opened(VIEWS["everything"])
    page.get_by_role("searchbox").fill("eve")
    page.emulate_media(media="print")
    assert page.get_by_role("status").is_visible()
    assert page.get_by_role("searchbox").is_hidden()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_width_makes_the_reader_scroll_sideways(opened: Open, width: int) -> None:
    page = opened(VIEWS["nasty"])
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("name", ["hostile", "nasty"])
def test_no_name_runs_or_asks_for_anything(opened: Open, name: str) -> None:
    page = opened(VIEWS[name])
    page.get_by_role("searchbox").fill("<script>")
    page.wait_for_timeout(100)
    assert page.problems == []  # type: ignore[attr-defined]
    assert page.locator("script").count() == 1
    assert page.locator("[onload], [onclick], [onerror], img, iframe, link, object").count() == 0
    assert "<script>" in page.locator("#people").inner_text()


def test_the_policy_stops_even_what_would_be_let_through(opened: Open) -> None:
    """The second line of defence: scripts and handlers that somebody brought in do not run."""
    page = opened(VIEWS["hostile"])
    page.evaluate("""() => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "run"';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="document.title = 1">');
      document.body.insertAdjacentHTML('beforeend', '<b id="inked" style="color: red">x</b>');
    }""")
    page.wait_for_timeout(100)
    assert re.match("Plan for ", page.title())
    refused = " ".join(page.problems)  # type: ignore[attr-defined]
    assert refused.count("violates the following Content Security Policy") >= 3
    assert page.evaluate("getComputedStyle(document.getElementById('inked')).color") != (
        "rgb(255, 0, 0)")
