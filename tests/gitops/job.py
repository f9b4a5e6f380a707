"""A step of a workflow for tests: a shell with what the runner tells, and a GitHub to ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.shell import ADA, Ran, Shell, with_people
from tests.gitops.fake_github import BASE, REPOSITORY, FakeGitHub
from tests.gitops.test_saying import outputs

HEAD, MERGE = "a" * 40, "e" * 40
CI = "ci@acme.example"


class Job:
    """Runs `reconciler github ...` as a step would. The repository is the folder of the shell."""

    def __init__(self, folder: Path, github: FakeGitHub) -> None:
        self.shell: Shell = with_people(folder)
        self.github = github
        self.actor = ADA
        """Who plans: the workflows plan and apply are given the same."""
        self.output, self.summary = folder / "output", folder / "summary.md"

    def pull_request(self, number: int) -> dict[str, Any]:
        """The event of a pull request."""
        return {"pull_request": self.github.pulls[number],
                "repository": {"default_branch": "main"}}

    def run(
        self, line: str, event: dict[str, Any], *more: str, sha: str = MERGE,
        name: str = "pull_request", **environment: str,
    ) -> Ran:
        """Run `reconciler github LINE` on an event."""
        self.output.unlink(missing_ok=True)
        self.summary.unlink(missing_ok=True)
        path = self.shell.folder / "event.json"
        path.write_text(json.dumps(event))
        return self.shell.run(f"github {line}", *more, **{
            "GITHUB_API_URL": self.github.url, "GITHUB_GRAPHQL_URL": f"{self.github.url}/graphql",
            "GITHUB_SERVER_URL": "https://github.example", "GITHUB_TOKEN": "bot",
            "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_SHA": sha, "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(path), "GITHUB_RUN_ID": "77",
            "GITHUB_WORKSPACE": str(self.shell.folder), "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary), **environment})

    def plan(self, number: int, **environment: str) -> Ran:
        """Plan a pull request, and attach the plan as the next step of the workflow does."""
        out = self.shell.folder / "reconciler-plan"
        for old in out.glob("*"):
            old.unlink()
        ran = self.run(f"plan {self.shell.path} --out {out}", self.pull_request(number),
                       **{"RECONCILER_ACTOR": self.actor, **environment})
        head = self.github.pulls[number]["head"]["sha"]
        made = self.github.start_run(head=head)
        if any(out.glob("*")):
            self.github.attach(made, self.outputs["artifact"],
                               {p.name: p.read_bytes() for p in out.iterdir()},
                               fork=self.github.pulls[number]["head"]["repo"]["full_name"]
                               != REPOSITORY)
        return ran

    def give(self, commit: str) -> None:
        """Say that the files of now are those of a commit."""
        self.github.give(commit, {p.name: p.read_bytes() for p in self.shell.folder.glob("*.yaml")})

    def push(self, **more: Any) -> dict[str, Any]:
        """The event of a push to main."""
        return {"ref": "refs/heads/main", "before": BASE,
                "repository": {"default_branch": "main"}, **more}

    def apply(self, line: str = "", *, sha: str = MERGE, **environment: str) -> Ran:
        """Apply what was merged as a commit."""
        return self.run(f"apply {self.shell.path} {line}", self.push(), sha=sha, name="push",
                        **{"RECONCILER_ACTOR": CI, **environment})

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of the last step."""
        return outputs(self.output)
