"""The workflows and the action: linters find nothing, and secrets stay where they belong."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.shell import Shell
from tests.gitops.linters import lint

ROOT = Path(__file__).parents[2]
TEMPLATES = Path(str(files("reconciler.gitops") / "templates" / "workflows"))
NAMES = ("plan", "apply", "drift")
WORKFLOWS = [TEMPLATES / f"{name}.yml" for name in NAMES]
OWN = [ROOT / ".github" / "workflows" / f"{name}.yml" for name in NAMES]
ACTION = ROOT / "action.yml"
HERE = {"  ACCESS: examples\n": "  ACCESS: access\n",
        "  RECONCILER: .[postgresql]\n": '  RECONCILER: ""\n',
        '    paths: ["examples/org.yaml"]\n': ""}


def steps(path: Path) -> list[dict[str, Any]]:
    document = yaml.safe_load(path.read_text())
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for job in jobs for step in job["steps"]]


def test_there_is_nothing_but_these() -> None:
    for folder in (TEMPLATES, OWN[0].parent):
        assert sorted(p.name for p in folder.iterdir()) == ["apply.yml", "drift.yml", "plan.yml"]


@pytest.mark.parametrize("name", NAMES)
def test_this_repository_uses_what_others_get(name: str) -> None:
    text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()
    for here, elsewhere in HERE.items():
        text = text.replace(here, elsewhere)
    assert text == (TEMPLATES / f"{name}.yml").read_text()


def test_the_example_of_this_repository_is_as_its_own_check_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    shell = Shell(tmp_path)
    assert shell.ok("codeowners examples --check .github/CODEOWNERS") == ""
    for path in sorted(Path("examples").rglob("org.yaml")):
        assert shell.ok(f"edit format {path.parent} --check") == ""


def test_actionlint_and_shellcheck_find_nothing() -> None:
    assert lint("actionlint", *map(str, [*WORKFLOWS, *OWN])) == ""


def test_zizmor_finds_nothing_however_suspicious() -> None:
    assert lint("zizmor", "--offline", "--no-progress", "--persona", "auditor",
                *map(str, [*WORKFLOWS, *OWN, ACTION])) == ""


@pytest.mark.parametrize(("linter", "good", "bad", "says"), [
    ("actionlint", 'reconciler github plan "$ACCESS"', "reconciler github plan $ACCESS",
     "SC2086"),
    ("actionlint", "steps.plan.outputs", "steps.plam.outputs", "plam"),
    ("zizmor", 'plan "$ACCESS"', "plan ${{ github.head_ref }}", "template-injection"),
    ("zizmor", "persist-credentials: false", "fetch-depth: 0", "artipacked"),
    ("zizmor", "de0fac2e4500dabe0009e67214ff5f5447ce83dd", "v6", "unpinned-uses"),
])
def test_the_linters_would_find_something(
    linter: str, good: str, bad: str, says: str, tmp_path: Path
) -> None:
    text = WORKFLOWS[0].read_text()
    assert good in text
    broken = tmp_path / "plan.yml"
    broken.write_text(text.replace(good, bad))
    options = ["--offline", "--no-progress"] if linter == "zizmor" else []
    assert says in lint(linter, *options, str(broken))


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda p: p.name)
def test_no_expression_is_put_into_a_script(path: Path) -> None:
    for step in steps(path):
        assert "${{" not in step.get("run", ""), step


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda p: p.name)
def test_every_action_is_pinned_by_its_commit_and_says_its_version(path: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: (.*)$", path.read_text(), re.MULTILINE)
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_jobs_have_the_permissions_that_they_name_and_no_others(path: Path) -> None:
    document = yaml.safe_load(path.read_text())
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        writes = {name for name, level in job["permissions"].items() if level == "write"}
        assert writes <= {"pull-requests", "issues", "statuses"}
        assert "defaults" not in job


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_a_secret_reaches_the_step_that_needs_it_alone(path: Path) -> None:
    document = yaml.safe_load(path.read_text())
    assert "secrets" not in str(document.get("env"))
    for job in document["jobs"].values():
        assert "secrets" not in str({k: v for k, v in job.items() if k != "steps"})
        for step in job["steps"]:
            if "secrets" in str(step):
                assert set(step) >= {"run", "env"}
                command = step["run"].splitlines()[-1]
                assert re.match(r"reconciler (github (plan|apply|drift)|snapshot) ", command)
                assert "environment" in job


def test_no_secret_is_in_a_job_that_a_fork_can_reach() -> None:
    jobs = yaml.safe_load(WORKFLOWS[0].read_text())["jobs"]
    same = "github.event.pull_request.head.repo.full_name == github.repository"
    with_secrets = {name for name, job in jobs.items() if "secrets" in str(job)}
    assert with_secrets == {"plan"}
    for name, which in (("plan", same), ("plan-from-fork", same.replace("==", "!="))):
        assert jobs[name]["if"].startswith(f"{which} && ")
        assert "||" not in jobs[name]["if"]
    assert set(jobs["plan-from-fork"]["permissions"].values()) == {"read"}


def test_a_review_is_planned_where_its_pull_request_was() -> None:
    """Reviews know no filter of branches, and there are reviews of what was merged long ago."""
    document = yaml.safe_load(WORKFLOWS[0].read_text())
    on = document[True]  # YAML reads `on` so
    assert on["pull_request_review"] == {"types": ["submitted", "dismissed"]}
    wanted = (f"github.event.pull_request.base.ref == '{on['pull_request']['branches'][0]}' "
              "&& github.event.pull_request.state == 'open'")
    assert document["jobs"]["plan"]["if"].endswith(f" && {wanted}")
    assert document["jobs"]["plan"]["permissions"]["statuses"] == "write"


def test_the_files_of_every_pull_request_are_checked_with_nothing_but_the_files() -> None:
    job = yaml.safe_load(WORKFLOWS[0].read_text())["jobs"]["files"]
    assert job["name"] == "Files", "the rules for main name it"
    assert job["permissions"] == {"contents": "read"}
    assert not {"if", "environment", "env"} & job.keys()
    assert not any({"if", "env"} & step.keys() for step in job["steps"])


def test_an_apply_is_never_cut_off_by_the_next() -> None:
    concurrency = yaml.safe_load(WORKFLOWS[1].read_text())["concurrency"]
    assert concurrency == {"group": "reconciler-apply", "cancel-in-progress": False}
