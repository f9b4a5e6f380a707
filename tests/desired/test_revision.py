"""The commit of the files: asked of git, in real repositories."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.desired.revision import revision_of, short

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


class Repository:
    """A work tree with org.yaml and people/sam.yaml, both committed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q")
        self.write("org.yaml", "one").write("people/sam.yaml", "one").write("notes.txt", "one")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.folder), "-c", "user.name=Ada", "-c",
             "user.email=ada@acme.example", "-c", "commit.gpgsign=false", *words],
            check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, name: str, text: str) -> Repository:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return self

    def commits(self) -> Repository:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Something")
        return self

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def revision(self, *files: str, below: str = "") -> str | None:
        return revision_of(self.folder / below, files or ("org.yaml", "people/sam.yaml"))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path).commits()


def test_files_as_committed_are_of_that_commit(repository: Repository) -> None:
    assert repository.revision() == repository.head
    assert repository.revision("sam.yaml", below="people") == repository.head


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("name", ["org.yaml", "people/sam.yaml"])
def test_files_that_are_not_as_committed_say_so(
    repository: Repository, name: str, staged: bool
) -> None:
    repository.write(name, "two")
    if staged:
        repository.git("add", name)
    assert repository.revision() == f"{repository.head}-dirty"


def test_an_included_file_that_is_not_committed_says_so(repository: Repository) -> None:
    repository.write("people/kim.yaml", "new")
    assert repository.revision("org.yaml", "people/kim.yaml") == f"{repository.head}-dirty"


def test_other_files_of_the_work_tree_do_not_matter(repository: Repository) -> None:
    repository.write("notes.txt", "two").write("people/kim.yaml", "not included")
    assert repository.revision() == repository.head


def test_files_that_git_does_not_hold_are_of_no_commit(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory
) -> None:
    repository.write("own.yaml", "mine").write("hidden/own.yaml", "mine")
    assert repository.revision("own.yaml") is None
    repository.write(".gitignore", "own.yaml\nhidden/\n")
    assert repository.revision("own.yaml") is None
    assert repository.revision("own.yaml", below="hidden") is None
    assert revision_of(tmp_path_factory.mktemp("elsewhere"), ["org.yaml"]) is None


def test_a_work_tree_without_a_commit_has_none(tmp_path: Path) -> None:
    assert Repository(tmp_path).revision() is None


def test_names_are_no_patterns_and_no_options(repository: Repository) -> None:
    repository.write("o*.yaml", "one").write("--help", "one").commits().write("org.yaml", "two")
    assert repository.revision("o*.yaml", "--help") == repository.head


def test_without_git_nothing_is_said(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert repository.revision() is None


def test_the_repository_of_a_hook_is_not_that_of_the_files(
    repository: Repository, monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    other = Repository(tmp_path_factory.mktemp("other")).write("more", "one").commits()
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    found = repository.revision()
    monkeypatch.delenv("GIT_DIR")
    assert found == repository.head


def test_a_long_list_of_files_is_asked_for_as_a_folder(repository: Repository) -> None:
    names = [f"people/{'x' * 100}{number}.yaml" for number in range(700)]
    for name in names:
        repository.write(name, "one")
    repository.commits()
    assert repository.revision("org.yaml", *names) == repository.head
    repository.write(names[-1], "two")
    assert repository.revision("org.yaml", *names) == f"{repository.head}-dirty"


def test_a_commit_is_written_short_and_stays_dirty() -> None:
    assert short("0badcafe0badcafe") == "0badcafe0bad"
    assert short("0badcafe0badcafe-dirty") == "0badcafe0bad-dirty"
    assert short("v1.0") == "v1.0"
    assert short("") == ""
