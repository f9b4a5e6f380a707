"""The action for other repositories: its own script, with every command there is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

ACTION = Path(__file__).parents[2] / "action.yml"


def run(tmp_path: Path, command: str, *, code: int = 0) -> tuple[int, str]:
    """The exit code of the script and what it would have run, where that ends with a code."""
    script = next(s["run"] for s in yaml.safe_load(ACTION.read_text())["runs"]["steps"]
                  if s.get("id") == "run")
    program = tmp_path / "reconciler"
    program.write_text(f'#!/bin/sh\nprintf "<%s>" "$@"\nexit {code}\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "-e", "-c", script], capture_output=True, text=True, timeout=20, check=False,
        env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "COMMAND": command,
             "ACCESS": "of acme; true", "PLAN_WORKFLOW": "of; plans.yml"})
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize("command", ["plan", "files", "apply", "drift"])
def test_the_action_runs_the_command(command: str, tmp_path: Path) -> None:
    whose = "<--plan-workflow><of; plans.yml>" if command in ("plan", "apply") else ""
    assert run(tmp_path, command) == (0, f"<github><{command}><of acme; true>{whose}")


@pytest.mark.parametrize(("command", "code", "ends"), [
    ("plan", 4, 4), ("files", 2, 2), ("apply", 5, 5), ("apply", 2, 2), ("drift", 2, 0),
    ("drift", 10, 1)])
def test_a_failure_fails_the_step_and_drift_is_none(
    command: str, code: int, ends: int, tmp_path: Path
) -> None:
    assert run(tmp_path, command, code=code)[0] == ends


def test_another_command_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path, "rm") == (3, "::error::command is plan, files, apply or drift")


def test_what_goes_in_and_out_is_what_the_steps_use() -> None:
    document = yaml.safe_load(ACTION.read_text())
    text = str(document["runs"])
    assert all(f"inputs.{name}" in text for name in document["inputs"])
    assert set(document["outputs"]) == {"changes", "run", "digest", "pending", "issue"}


def test_every_input_and_output_is_documented() -> None:
    document = yaml.safe_load(ACTION.read_text())
    guide = (ACTION.parent / "docs" / "gitops.md").read_text().partition("## The action")[2]
    assert all(f"`{name}`" in guide for name in (*document["inputs"], *document["outputs"]))


def test_the_example_gives_each_command_what_the_workflows_give_it() -> None:
    """The permissions and the environment of the same job as a template."""
    guide = (ACTION.parent / "docs" / "gitops.md").read_text().partition("## The action")[2]
    example = yaml.safe_load(guide.partition("```yaml\n")[2].partition("```")[0])
    job, = example["jobs"].values()
    template = yaml.safe_load((ACTION.parent / "src" / "reconciler" / "gitops" / "templates"
                               / "workflows" / "plan.yml").read_text())["jobs"]["plan"]
    assert (job["permissions"], job["environment"], job["if"]) == (
        template["permissions"], template["environment"], template["if"])
    step = next(s for s in job["steps"] if "COMMIT" in s["uses"])
    assert set(step["with"]) <= set(yaml.safe_load(ACTION.read_text())["inputs"])
