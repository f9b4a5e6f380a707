"""A shell for tests: real invocations, in a folder with a SQLite store of its own."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

from click.testing import CliRunner

from reconciler.cli.main import program

ADA, SAM, KIM, BOB = (f"{name}@acme.example" for name in ("ada", "sam", "kim", "bob"))
NOW = "2026-06-01T12:00:00+00:00"
HEAD = """\
apiVersion: reconciler/v1
organization: acme
tier: enterprise
settings: {project_level_permissions: true, access_requests: true}
projects: {web: {name: Web}, ios: {name: iOS}}
"""


class Ran(NamedTuple):
    """What came of an invocation."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def ok(self) -> Ran:
        """The same, if it went well."""
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        return self


class Shell:
    """Runs `reconciler` in a folder. `acting` is the actor of the environment, None for nobody."""

    def __init__(self, folder: Path, *, acting: str | None = ADA) -> None:
        self.folder = folder
        self.path = folder / "org.yaml"
        self.environment: dict[str, str | None] = {
            "RECONCILER_STORE": f"sqlite:///{folder / 'live.db'}", "RECONCILER_NOW": NOW,
            "RECONCILER_ACTOR": acting, "RECONCILER_ORGANIZATION": None, "NO_COLOR": None,
            "RECONCILER_DEBUG": None, "RECONCILER_COLOR": None, "RECONCILER_POLICY": None,
            "RECONCILER_COMMIT": None,
        }

    def run(self, line: str, *more: str, stdin: str = "", **environment: str) -> Ran:
        """Run `reconciler LINE`: the line is split at blanks, `more` are arguments as they are."""
        done = CliRunner().invoke(program, [*line.split(), *more], input=stdin,
                                  env={**self.environment, **environment})
        return Ran(done.exit_code, done.stdout, done.stderr)

    def ok(self, line: str, *more: str, **environment: str) -> str:
        """Run what must go well; returns stdout."""
        return self.run(line, *more, **environment).ok().out

    def declares(self, body: str = "", head: str = HEAD) -> str:
        """Write org.yaml: the usual head and this body. Returns its path."""
        self.path.write_text(head + dedent(body))
        return str(self.path)

    def policy(self, body: str, name: str = "policy.yaml") -> str:
        """Write policy.yaml beside org.yaml. Returns its path."""
        path = self.folder / name
        path.write_text("apiVersion: reconciler/v1\nkind: Policy\n" + dedent(body))
        return str(path)


def acme(folder: Path) -> Shell:
    """acme with its admin ada and the projects web and ios."""
    shell = Shell(folder)
    shell.ok(f"live init acme --admin {ADA} --tier enterprise --project-level-permissions "
             "--access-requests")
    shell.ok("live project create web --name Web")
    shell.ok("live project create ios --name iOS")
    return shell


def with_people(folder: Path) -> Shell:
    """acme with sam (manager of web) and kim (viewer of web), joined, and bob, who is invited."""
    shell = acme(folder)
    shell.ok(f"live invite {SAM} --project web=manager")
    shell.ok(f"live invite {KIM} --project web=viewer")
    shell.ok(f"live join {SAM} {KIM}")
    shell.ok(f"live invite {BOB}")
    return shell
