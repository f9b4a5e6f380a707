"""Pages in a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from reconciler.reports.html.page import to_html
from reconciler.reports.view import View
from tests.browser import chromium


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # One worker, one browser: two would only be in each other's way.
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The browser of this machine. Where there is none the test is skipped; in CI it fails."""
    try:
        return {"executable_path": chromium.executable(), "args": chromium.FLAGS}
    except chromium.NoBrowser as reason:
        if os.environ.get("CI") == "true":
            problem = f"CI needs a browser: {reason}"
        else:
            pytest.skip(f"{chromium.LEFT_OUT}: {reason}")
    pytest.fail(problem, pytrace=False)


Open = Callable[..., Page]


@pytest.fixture
def opened(new_context: Callable[..., BrowserContext], tmp_path: Path) -> Open:
    """Opens the page of a view from a file, in a browser of its own; whatever goes wrong in it,
    and every request that is not for the page itself, is in `page.problems`."""

    def open_(view: View, **context: Any) -> Page:
        file = tmp_path / "report.html"
        file.write_text(to_html(view))
        page = new_context(viewport={"width": 1280, "height": 900}, **context).new_page()
        problems: list[str] = []
        page.problems = problems  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("console", lambda said: problems.append(f"console: {said.text}"))
        page.on("dialog", lambda dialog: (problems.append("dialog"), dialog.dismiss()))
        page.on("request", lambda asked: None if asked.url.split("#")[0] == file.as_uri()
                else problems.append(f"request: {asked.url}"))
        page.goto(file.as_uri())
        return page

    return open_
