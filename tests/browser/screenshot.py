"""The picture of the HTML report in the README: python -m tests.browser.screenshot

It is of the plan that the README shows as text, made afresh from examples/org.yaml.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.docs.console import Console, steps

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "plan-report.png"
_SIZE = {"width": 1120, "height": 745}


def report(folder: Path) -> Path:
    """The report of the README's plan."""
    (folder / "examples").mkdir()
    (folder / "examples" / "org.yaml").write_text((ROOT / "examples" / "org.yaml").read_text())
    console = Console(folder)
    first = re.search(r"^```console\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
    assert first is not None
    for step in steps(first.group(1)):
        console.run(step.command)
    page = folder / "plan.html"
    said = console.run(f"reconciler plan org.yaml --report html={page}")
    assert page.exists(), said
    return page


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = report(Path(folder))
        browser = playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.FLAGS)
        tab = browser.new_page(viewport=_SIZE, color_scheme="light")
        tab.goto(page.as_uri())
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        tab.screenshot(path=PICTURE)
        browser.close()
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
