"""The files of another commit: all of them, unaltered, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reconciler.gitops.github import checkout
from reconciler.gitops.github.checkout import check_out
from reconciler.gitops.github.client import Client
from reconciler.model.errors import InvalidInput
from tests.gitops.fake_github import FakeGitHub, blob_id
from tests.gitops.repository import Repository
from tests.gitops.runner import Runner, git

COMMIT = "a" * 40


@pytest.fixture
def acme(github: FakeGitHub, tmp_path: Path) -> Repository:
    return Repository(github, tmp_path, Runner(
        github=github, origin=tmp_path / "origin.git", folder=tmp_path, secrets={}))


@pytest.fixture
def into(tmp_path: Path) -> Path:
    (tmp_path / "into").mkdir()
    return tmp_path / "into"


def files(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text()
            for p in folder.rglob("*") if not p.is_dir()}


def fetched(github: FakeGitHub) -> int:
    return len([r for r in github.requests if "/git/blobs/" in r])


def test_it_is_what_the_commit_has_below_the_paths(
    acme: Repository, github: FakeGitHub, client: Client, into: Path, tmp_path: Path
) -> None:
    acme.begin({"access/org.yaml": "one", "access/members/a.yaml": "é", "rules/policy.yaml": "p",
                "rules/other.yaml": "o", "README.md": "r"})
    check_out(client, acme.main, ("access", "rules/policy.yaml"), here=tmp_path / "none", into=into)
    assert files(into) == {"access/org.yaml": "one", "access/members/a.yaml": "é",
                           "rules/policy.yaml": "p"}
    assert fetched(github) == 3


def test_the_whole_repository_is_below_its_root(
    acme: Repository, client: Client, into: Path, tmp_path: Path
) -> None:
    acme.begin({"org.yaml": "one", "members/a.yaml": "a"})
    check_out(client, acme.main, ("",), here=tmp_path / "none", into=into)
    assert {"org.yaml", "members/a.yaml", ".github/workflows/plan.yml"} <= set(files(into))


def test_what_is_here_already_is_not_fetched(
    acme: Repository, github: FakeGitHub, client: Client, into: Path, tmp_path: Path
) -> None:
    acme.begin({"access/org.yaml": "one", "access/a.yaml": "two", "access/b.yaml": "three"})
    here = tmp_path / "here" / "access"
    here.mkdir(parents=True)
    (here / "org.yaml").write_text("one")
    (here / "a.yaml").write_text("owt")
    check_out(client, acme.main, ("access",), here=tmp_path / "here", into=into)
    assert files(into) == {"access/org.yaml": "one", "access/a.yaml": "two",
                           "access/b.yaml": "three"}
    assert fetched(github) == 2


def test_attributes_of_the_commit_hide_and_alter_nothing(
    acme: Repository, client: Client, into: Path, tmp_path: Path
) -> None:
    """What GitHub packs of a commit leaves out what its .gitattributes say, and writes into it:
    whoever proposes a change could have its reviewers see other files than are asked."""
    held = {"access/org.yaml": "one", "access/members/b.yaml": "$Format:%H$",
            "access/.gitattributes": "org.yaml export-ignore\nmembers/b.yaml export-subst\n"}
    acme.begin(held)
    packed = subprocess.run(
        ["git", "archive", "--format=tar", acme.main, "access"], cwd=acme.origin, check=True,
        capture_output=True, timeout=60).stdout
    assert b"access/org.yaml" not in packed
    assert b"$Format" not in packed
    check_out(client, acme.main, ("access",), here=tmp_path / "none", into=into)
    assert files(into) == held


@pytest.mark.parametrize("sly", ["access/link.yaml", "access/members"])
def test_a_link_is_not_followed_and_not_left_out(
    acme: Repository, client: Client, into: Path, tmp_path: Path, sly: str
) -> None:
    acme.begin({"access/org.yaml": "one"})
    clone = acme.branch("sly")
    (clone.folder / sly).symlink_to("/etc")
    with pytest.raises(InvalidInput, match=f"has {sly}, which is no regular file"):
        check_out(client, clone.commit(), ("access",), here=tmp_path / "none", into=into)
    assert files(into) == {}


def test_a_link_to_the_folder_is_no_folder(
    acme: Repository, client: Client, into: Path, tmp_path: Path
) -> None:
    acme.begin({"real/org.yaml": "one"})
    clone = acme.branch("sly")
    (clone.folder / "access").symlink_to("real")
    commit = clone.commit()
    for path in ("access", "access/org.yaml"):
        with pytest.raises(InvalidInput):
            check_out(client, commit, (path,), here=tmp_path / "none", into=into)


@pytest.mark.parametrize("path", ["elsewhere", "access/other.yaml", "access/org.yaml/more"])
def test_what_the_commit_does_not_have_is_named(
    acme: Repository, client: Client, into: Path, tmp_path: Path, path: str
) -> None:
    acme.begin({"access/org.yaml": "one"})
    with pytest.raises(InvalidInput, match=f"{acme.main[:12]} has no {path}"):
        check_out(client, acme.main, (path,), here=tmp_path / "none", into=into)


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil", "./evil", ".git/config"])
def test_no_name_leaves_the_directory(
    github: FakeGitHub, client: Client, into: Path, tmp_path: Path, name: str
) -> None:
    github.give(COMMIT, {name: b"evil"})
    with pytest.raises(InvalidInput, match="which is no regular file"):
        check_out(client, COMMIT, ("",), here=tmp_path / "none", into=into)
    assert not [p for p in tmp_path.rglob("*evil*") if p.is_file()]


def test_two_files_of_one_name_are_not_one(
    github: FakeGitHub, client: Client, into: Path, tmp_path: Path
) -> None:
    github.give(COMMIT, {"a": b"file", "a/b": b"below it"})
    with pytest.raises(InvalidInput, match="a/b cannot be written"):
        check_out(client, COMMIT, ("",), here=tmp_path / "none", into=into)


def test_content_that_is_not_what_its_id_says_is_refused(
    github: FakeGitHub, client: Client, into: Path, tmp_path: Path
) -> None:
    github.give(COMMIT, {"org.yaml": b"honest"})
    github.blob = lambda which: b"forged"
    with pytest.raises(InvalidInput, match=r"something else for org\.yaml than its id says"):
        check_out(client, COMMIT, ("",), here=tmp_path / "none", into=into)


@pytest.mark.parametrize(("limit", "value", "count", "says"), [
    ("MOST_FILES", 5, 6, "more than 5 files or 512 MiB"),
    ("MOST_UNPACKED", 5, 2, "more than 20,000 files or 0 MiB"),
    ("MOST_FETCHED", 5, 6, "more than 5 other files than here"),
    ("MOST_PACKED", 5, 2, "more than 200 other files than here"),
])
def test_more_than_is_read_is_not_fetched(
    github: FakeGitHub, client: Client, into: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, count: int, says: str
) -> None:
    github.give(COMMIT, {f"{n}.yaml": b"text" for n in range(count)})
    monkeypatch.setattr(checkout, limit, value)
    with pytest.raises(InvalidInput, match=says):
        check_out(client, COMMIT, ("",), here=tmp_path / "none", into=into)
    assert fetched(github) == 0


def test_a_list_of_files_that_is_cut_off_is_not_taken_for_all(
    github: FakeGitHub, client: Client, into: Path, tmp_path: Path
) -> None:
    held = {f"{n}": b"" for n in range(100_001)}
    github.give(COMMIT, held)
    with pytest.raises(InvalidInput, match="it is cut off"):
        check_out(client, COMMIT, ("",), here=tmp_path / "none", into=into)


def test_ids_are_those_of_git(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("some text\n")
    assert git(tmp_path, "hash-object", "file") == blob_id(b"some text\n")
