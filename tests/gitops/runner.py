"""A small runner of workflows: their own `run:` steps, in a checkout, with what GitHub gives them.

It knows what these workflows use: conditions, expressions in `env` and `with`, the secrets of an
environment, and the three actions, each done for real on a real git repository and the GitHub of
the tests.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.gitops.fake_github import REPOSITORY, FakeGitHub
from tests.gitops.test_saying import outputs

ROOT = Path(__file__).parents[2]
NOW = "2026-06-01T12:00:00+00:00"
_TOKENS = re.compile(r"\s*(==|!=|&&|\|\||[!()]|'[^']*'|[A-Za-z_][\w.-]*)")
Json = dict[str, Any]


@dataclass(kw_only=True)
class JobDone:
    """What became of a job: `success`, `failure` or `skipped`; its log, its summary, and all that
    its steps were given in their environment."""

    conclusion: str
    log: str = ""
    summary: str = ""
    given: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Runner:
    """Runs workflows. `secrets` are by environment, as an admin of the repository sets them; `now`
    is what time it is on its machine."""

    github: FakeGitHub
    origin: Path
    folder: Path
    secrets: dict[str, dict[str, str]]
    variables: dict[str, str] = field(default_factory=dict)
    runs: int = 0
    now: str = NOW

    def run(
        self, workflow: str, name: str, event: Json, sha: str, *, ref: str, fork: bool = False
    ) -> dict[str, JobDone]:
        """Run a workflow (`plan`) as it is in a commit, on an event; what became of its jobs."""
        self.runs += 1
        path = f".github/workflows/{workflow}.yml"
        text = git(self.origin, "show", f"{sha}:{path}")
        document = yaml.safe_load(text)
        assert name in document[True], f"{workflow} does not run on {name}"  # YAML reads `on` so
        pull = event.get("pull_request")
        run_id = self.github.start_run(
            head=pull["head"]["sha"] if pull else sha, event=name, path=path,
            branch="change" if pull else ref)
        done = {}
        for job_name, job in document["jobs"].items():
            place = self.folder / f"run-{self.runs}" / job_name
            place.mkdir(parents=True)
            done[job_name] = _Job(self, document, job, name, event, sha, run_id, place,
                                  ref=ref, fork=fork).run()
        return done


class _Job:
    def __init__(
        self, runner: Runner, document: Json, job: Json, name: str, event: Json, sha: str,
        run_id: int, place: Path, *, ref: str, fork: bool,
    ) -> None:
        self.runner, self.job, self.name, self.sha, self.run_id = runner, job, name, sha, run_id
        self.fork = fork
        self.place = place
        self.workspace = place / "workspace"
        self.workspace.mkdir()
        (place / "temp").mkdir()
        (place / "event.json").write_text(json.dumps(event))
        self.failed = False
        self.done = JobDone(conclusion="success")
        self.contexts: Json = {
            "github": {"event": event, "event_name": name, "repository": REPOSITORY, "sha": sha,
                       "ref_name": ref, "token": "fork" if fork else "bot"},
            # A fork is given neither, whatever a workflow asks for.
            "secrets": {} if fork else runner.secrets.get(job.get("environment", ""), {}),
            "vars": {} if fork else runner.variables, "steps": {}}
        self.env = {**document.get("env", {}), **job.get("env", {})}

    def run(self) -> JobDone:
        if not self._holds(self.job.get("if", "success()")):
            return JobDone(conclusion="skipped")
        for number, step in enumerate(self.job["steps"]):
            if self._holds(step.get("if", "success()")):
                self._step(step, number)
        self.done.conclusion = "failure" if self.failed else "success"
        return self.done

    def _holds(self, condition: str) -> bool:
        text = str(condition).removeprefix("${{").removesuffix("}}")
        value = bool(Expression(text, self.contexts, self.failed).value())
        # Without a function of its own a condition holds only as long as all is well.
        return value and ("cancelled()" in text or "always()" in text or not self.failed)

    def _text(self, text: object) -> str:
        return re.sub(r"\$\{\{(.*?)\}\}",
                      lambda m: str(Expression(m[1], self.contexts, self.failed).value() or ""),
                      str(text))

    def _step(self, step: Json, number: int) -> None:
        given = {k: self._text(v) for k, v in step.get("with", {}).items()}
        match step.get("uses", "").partition("@")[0]:
            case "actions/checkout":
                self._checkout(given)
            case "actions/setup-python":
                assert given["python-version"]
            case "actions/upload-artifact":
                self._upload(given)
            case "":
                self._script(step, number)
            case other:
                raise AssertionError(f"this runner does not know {other}")

    def _checkout(self, given: dict[str, str]) -> None:
        assert given["persist-credentials"] == "False"
        target = self.workspace / given.get("path", ".")
        target.mkdir(exist_ok=True)
        git(target, "init", "--quiet")
        git(target, "fetch", "--quiet", str(self.runner.origin), "+refs/*:refs/all/*")
        git(target, "-c", "advice.detachedHead=false", "checkout", "--quiet",
            given.get("ref") or self.sha)

    def _upload(self, given: dict[str, str]) -> None:
        place = self.workspace / given["path"]
        files = [place] if place.is_file() else sorted(place.glob("*")) if place.is_dir() else []
        if not files:
            assert given["if-no-files-found"] in ("ignore", "error")
            self.failed |= given["if-no-files-found"] == "error"
            return
        self.runner.github.attach(self.run_id, given["name"],
                                  {f.name: f.read_bytes() for f in files}, fork=self.fork)

    def _script(self, step: Json, number: int) -> None:
        env = {**self.env, **{k: self._text(v) for k, v in step.get("env", {}).items()}}
        self.done.given |= env
        script = self.place / f"{number}.sh"
        script.write_text(step["run"])
        output, summary = self.place / f"{number}.output", self.place / f"{number}.summary"
        done = subprocess.run(
            ["bash", "-e", str(script)], cwd=self.workspace, text=True, timeout=120, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**self._machine(), **env, **self._told(), "GITHUB_OUTPUT": str(output),
                 "GITHUB_STEP_SUMMARY": str(summary)})
        self.done.log += f"$ {step['run']}\n{done.stdout}"
        if output.exists() and "id" in step:
            self.contexts["steps"][step["id"]] = {"outputs": outputs(output)}
        if summary.exists():
            self.done.summary += summary.read_text()
        self.failed |= done.returncode != 0

    def _told(self) -> dict[str, str]:
        """What GitHub tells a step."""
        url = self.runner.github.url
        return {
            "GITHUB_API_URL": url, "GITHUB_GRAPHQL_URL": f"{url}/graphql",
            "GITHUB_SERVER_URL": url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_SHA": self.sha,
            "GITHUB_EVENT_NAME": self.name, "GITHUB_EVENT_PATH": str(self.place / "event.json"),
            "GITHUB_RUN_ID": str(self.run_id), "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.place / "temp"), "CI": "true", "GITHUB_ACTIONS": "true"}

    def _machine(self) -> dict[str, str]:
        """The machine: Python with what `pip install` would have put there, and the clock."""
        tools = self.runner.folder / "tools"
        if not tools.exists():
            tools.mkdir()
            for name, text in (
                ("reconciler", f'exec "{sys.executable}" -m reconciler "$@"'),
                ("pip", 'test "$*" = "install --quiet the-program"'),
            ):
                (tools / name).write_text(f"#!/bin/sh\n{text}\n")
                (tools / name).chmod(0o755)
        return {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
                "RECONCILER_NOW": self.runner.now, "PYTHONPATH": str(ROOT / "src"),
                "HOME": str(self.place), "LANG": "C.UTF-8"}


class Expression:
    """An expression of a workflow: values of contexts, comparison, and, or, not."""

    def __init__(self, text: str, contexts: Json, failed: bool) -> None:
        self._tokens = self._split(text.strip())
        self._contexts = contexts
        self._functions: dict[str, Callable[[], bool]] = {
            "success": lambda: not failed, "failure": lambda: failed,
            "cancelled": lambda: False, "always": lambda: True}
        self._next = next(self._tokens, "")

    def value(self) -> Any:
        value = self._either()
        assert not self._next, f"{self._next!r} is left"
        return value

    @staticmethod
    def _split(text: str) -> Iterator[str]:
        at = 0
        while at < len(text):
            found = _TOKENS.match(text, at)
            assert found is not None, f"this runner does not read {text!r}"
            yield found[1]
            at = found.end()

    def _take(self) -> str:
        taken, self._next = self._next, next(self._tokens, "")
        return taken

    def _either(self) -> Any:
        value = self._both()
        while self._next == "||":
            self._take()
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._compared()
        while self._next == "&&":
            self._take()
            other = self._compared()
            value = value and other
        return value

    def _compared(self) -> Any:
        value = self._one()
        if self._next in ("==", "!="):
            equal = self._take() == "=="
            # Nothing is equal to the empty text there.
            return ((value or "") == (self._one() or "")) is equal
        return value

    def _one(self) -> Any:
        token = self._take()
        if token == "!":
            return not self._one()
        if token == "(":
            value = self._either()
            assert self._take() == ")"
            return value
        if token.startswith("'"):
            return token[1:-1]
        if self._next == "(":
            assert (self._take(), self._take()) == ("(", ")")
            return self._functions[token]()
        value: Any = self._contexts
        for name in token.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value


def git(folder: Path, *arguments: str) -> str:
    """What git says; an error where it fails."""
    assert shutil.which("git")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, text=True, capture_output=True, timeout=60, check=False,
        env={**clean, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
             "GIT_AUTHOR_NAME": "Somebody", "GIT_AUTHOR_EMAIL": "somebody@acme.example",
             "GIT_COMMITTER_NAME": "Somebody", "GIT_COMMITTER_EMAIL": "somebody@acme.example"})
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip()
