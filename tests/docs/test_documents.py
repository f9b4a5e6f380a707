"""What the documents show is what the program says (RECONCILER_GOLDEN=write writes it anew)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.docs.console import Console, played, steps_of

ROOT = Path(__file__).parent.parent.parent


EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/README.md"))


def without_digests(text: str) -> str:
    """The end of a run's id is a digest of everything, the rules' wording and the commit too, and a
    commit is one of the time at which it was made."""
    text = re.sub(r"(\brun \d{8}T\d{6}-)[0-9a-f]{8}", r"\1", text)
    return re.sub(r"(\bcommit )[0-9a-f]{40}", r"\1", text)


@pytest.mark.parametrize("name", [
    "docs/first-ten-minutes.md", "docs/drift.md", "docs/access-review.md", "README.md",
    "docs/snapshots.md", "docs/gitops.md"])
def test_a_document_shows_what_happens(name: str, tmp_path: Path) -> None:
    document = (ROOT / name).read_text()
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "org.yaml").write_text((ROOT / "examples" / "org.yaml").read_text())
    made = played(document, tmp_path)
    assert "```console" in made
    if os.environ.get("RECONCILER_GOLDEN") == "write":
        (ROOT / name).write_text(made)
        document = made
    assert without_digests(document) == without_digests(made)
    assert "Traceback" not in made


def test_every_commit_of_the_guide_passes_the_check_of_its_files(tmp_path: Path) -> None:
    """Whoever follows docs/gitops.md is stopped by no check that it tells them to require."""
    console = Console(tmp_path)
    commits = 0
    for step in steps_of((ROOT / "docs" / "gitops.md").read_text()):
        console.run(step.command)
        if "git commit" in step.command:
            commits += 1
            assert console.run("reconciler edit format access --check") == "", step.command
            assert console.run("reconciler codeowners access --check .github/CODEOWNERS") == (
                ""), step.command
    assert commits >= 4


def test_every_story_has_its_example() -> None:
    assert EXAMPLES == ["domain-migration", "email-change", "offboarding", "temporary-access"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_tells_its_story(name: str, tmp_path: Path) -> None:
    """In a copy of its folder, from an empty store to the end."""
    folder = ROOT / "examples" / name
    for file in folder.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    document = (folder / "README.md").read_text()
    made = played(document, tmp_path)
    if os.environ.get("RECONCILER_GOLDEN") == "write":
        (folder / "README.md").write_text(made)
        document = made
    assert without_digests(document) == without_digests(made)
    assert "unexpected failure" not in made
    assert "Traceback" not in made
    assert "Usage:" not in made
