"""A repository on GitHub: a bare git repository, pull requests in the fake, and the runner."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.gitops.fake_github import FakeGitHub
from tests.gitops.runner import JobDone, Runner, git

TEMPLATES = Path(__file__).parents[2] / "src" / "reconciler" / "gitops" / "templates" / "workflows"


@dataclass(frozen=True, kw_only=True)
class Clone:
    """Somebody's clone, on a branch of theirs."""

    folder: Path
    branch: str

    @property
    def access(self) -> Path:
        """The root file of the desired state."""
        return self.folder / "access" / "org.yaml"

    def commit(self, *, empty: bool = False) -> str:
        """Commit everything, or that there is nothing, and push it; the commit."""
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", *(
            ("--allow-empty", "--message", "Apply what is due") if empty
            else ("--message", "Change access")))
        git(self.folder, "push", "--quiet", "origin", f"HEAD:refs/heads/{self.branch}")
        return git(self.folder, "rev-parse", "HEAD")


class Repository:
    """What people do with it; every event runs its workflow, as GitHub would."""

    def __init__(self, github: FakeGitHub, folder: Path, runner: Runner) -> None:
        self.github, self.folder, self.runner = github, folder, runner
        self.origin = runner.origin
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        github.message = lambda commit: git(self.origin, "log", "-1", "--format=%B", commit)
        github.merge_base = lambda base, commit: git(self.origin, "merge-base", base, commit)
        github.listing = self._listing
        github.blob = self._blob

    def begin(self, files: dict[str, str]) -> None:
        """The first commit: these files, and the workflows as they are delivered."""
        first = self._clone("main")
        for name, text in files.items():
            (first.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (first.folder / name).write_text(text)
        shutil.copytree(TEMPLATES, first.folder / ".github" / "workflows")
        for path in (first.folder / ".github" / "workflows").iterdir():
            path.write_text(path.read_text().replace(
                'RECONCILER: ""', "RECONCILER: the-program"))
        first.commit()

    def branch(self, name: str) -> Clone:
        """Somebody's clone of main, on a branch of theirs."""
        clone = self._clone(name)
        git(clone.folder, "fetch", "--quiet", "origin", "main")
        git(clone.folder, "checkout", "--quiet", "-B", name, "FETCH_HEAD")
        return clone

    def open(
        self, clone: Clone, author: str, *, fork: bool = False, empty: bool = False
    ) -> tuple[int, dict[str, JobDone]]:
        """Commit, and open a pull request on it: it is planned. An `empty` one changes no file."""
        number = self.github.open_pull(author=author, head=clone.commit(empty=empty), fork=fork,
                                       head_branch=clone.branch)
        return number, self._plan(number, fork=fork)

    def push(self, clone: Clone, number: int) -> dict[str, JobDone]:
        """Commit more to a pull request: it is planned again."""
        self.github.push(number, clone.commit())
        return self._plan(number)

    def review(
        self, number: int, login: str, state: str = "APPROVED"
    ) -> dict[str, JobDone]:
        """Review a pull request: who has approved is told."""
        review = self.github.review(number, login, state)
        return self._plan(number, "pull_request_review", action="submitted",
                          review={"id": review, "state": state.lower()})

    def dismiss(self, number: int, review: int) -> dict[str, JobDone]:
        """Dismiss a review."""
        self.github.dismiss(number, review)
        return self._plan(number, "pull_request_review", action="dismissed",
                          review={"id": review, "state": "dismissed"})

    def merge(self, number: int) -> dict[str, JobDone]:
        """Merge a pull request: what it became is applied."""
        before = self.main
        merged = self._merged(self.github.pulls[number]["head"]["sha"])
        git(self.origin, "update-ref", "refs/heads/main", merged)
        self.github.merge(number, merged)
        return self.runner.run("apply", "push", {
            "ref": "refs/heads/main", "before": before, "after": merged,
            "repository": {"default_branch": "main"}}, merged, ref="main")

    def watch(self) -> dict[str, JobDone]:
        """The schedule comes round: drift is looked for."""
        return self.runner.run("drift", "schedule", {"schedule": "17 5 * * *"}, self.main,
                               ref="main")

    def watch_by_hand(self, branch: str) -> dict[str, JobDone]:
        """Somebody has drift looked for, on a branch."""
        event = {"inputs": {}, "repository": {"default_branch": "main"}}
        return self.runner.run("drift", "workflow_dispatch", event,
                               git(self.origin, "rev-parse", f"refs/heads/{branch}"), ref=branch)

    @property
    def main(self) -> str:
        """The commit that main is at."""
        return git(self.origin, "rev-parse", "refs/heads/main")

    def _plan(
        self, number: int, name: str = "pull_request", *, fork: bool = False, **more: Any
    ) -> dict[str, JobDone]:
        pull = self.github.pulls[number]
        merged = self._merged(pull["head"]["sha"])
        git(self.origin, "update-ref", f"refs/pull/{number}/merge", merged)
        event: dict[str, Any] = {
            "pull_request": {**pull, "base": {**pull["base"], "sha": self.main}},
            "number": number, "repository": {"default_branch": "main"}, **more}
        return self.runner.run("plan", name, event, merged, ref=f"pull/{number}/merge",
                               fork=fork)

    def _merged(self, head: str) -> str:
        """A merge of a head into main, that no branch has yet."""
        tree = git(self.origin, "merge-tree", "--write-tree", self.main, head)
        return git(self.origin, "commit-tree", tree, "-p", self.main, "-p", head, "-m", "Merge")

    def _listing(self, which: str, recursive: bool) -> list[dict[str, Any]]:
        lines = git(self.origin, "ls-tree", "--long", *(["-r", "-t"] if recursive else []),
                    which).splitlines()
        entries = []
        for line in lines:
            entry, path = line.split("\t")
            mode, kind, sha, size = entry.split()
            entries.append({"path": path, "mode": mode, "type": kind, "sha": sha,
                            **({"size": int(size)} if kind == "blob" else {})})
        return entries

    def _blob(self, which: str) -> bytes:
        return subprocess.run(["git", "cat-file", "blob", which], cwd=self.origin, check=True,
                              capture_output=True, timeout=60).stdout

    def _clone(self, branch: str) -> Clone:
        folder = self.folder / f"clone-{branch}"
        git(self.folder, "clone", "--quiet", str(self.origin), str(folder))
        return Clone(folder=folder, branch=branch)
