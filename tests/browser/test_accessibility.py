"""What axe has against the HTML report: nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Open
from tests.reports.golden import VIEWS

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize(("name", "scheme"), [
    *((name, "light") for name in VIEWS),
    *((name, "dark") for name in ("everything", "manager", "drift")),
])
def test_axe_finds_nothing(opened: Open, name: str, scheme: str) -> None:
    # The policy of a page lets no script in, axe neither.
    page = opened(VIEWS[name], color_scheme=scheme, bypass_csp=True)
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def test_axe_finds_nothing_in_what_is_opened_and_filtered(opened: Open) -> None:
    page = opened(VIEWS["everything"], bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.get_by_role("button", name="By project").click()
    page.get_by_role("searchbox").fill("web")
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def test_axe_would_find_something(opened: Open) -> None:
    page = opened(VIEWS["everything"], bypass_csp=True)
    page.evaluate("document.querySelector('label').remove()")
    page.evaluate("document.getElementById('q').placeholder = ''")
    assert Axe().run(page, options=RULES).violations_count > 0


def test_a_page_has_its_landmarks_and_its_headings_in_order(opened: Open) -> None:
    page = opened(VIEWS["everything"])
    for role in ("banner", "main", "search", "contentinfo", "navigation"):
        assert page.get_by_role(role).count() == 1, role  # type: ignore[arg-type]
    levels = [int(tag[1]) for tag in page.locator("h1, h2, h3").evaluate_all(
        "all => all.map((one) => one.tagName)")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
