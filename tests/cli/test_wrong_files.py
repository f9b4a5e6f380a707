"""A file of the wrong kind is told in one line, with the command that takes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.errors import Exit
from tests.cli.shell import ADA, SAM, Shell


@pytest.fixture
def files(org: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A desired state, a saved plan of it and the report of that, each by right and wrong names."""
    monkeypatch.chdir(org.folder)
    org.declares(f"members: {{{ADA}: {{role: admin}}, {SAM}: {{}}}}\n")
    report = org.ok("plan org.yaml --out plan.json")
    saved = Path("plan.json").read_text()
    for name in ("plan.yaml", "plan.txt", "saved"):
        Path(name).write_text(saved)
    Path("report.txt").write_text(report)
    Path("org.json").write_text('{"apiVersion": "reconciler/v1", "organization": "acme"}\n')
    return org


IS_A_PLAN = "is a saved plan, and a desired state is wanted here (apply it: reconciler apply {}; "
RENAMED = ("is a saved plan with the name of a desired state "
           "(rename it to apply it: mv {} plan.json)")
IS_DESIRED = "is a desired state, and a saved plan is wanted here"
IS_A_REPORT = "is the report of a plan, for people to read (save the plan itself: reconciler plan"


@pytest.mark.parametrize(("line", "says"), [
    ("plan plan.json", IS_A_PLAN), ("validate plan.json", IS_A_PLAN), ("plan saved", IS_A_PLAN),
    ("plan plan.yaml", RENAMED), ("apply plan.yaml", RENAMED),
    ("apply report.txt", IS_A_REPORT), ("plan report.txt", IS_A_REPORT),
    ("show report.txt", IS_A_REPORT),
    ("show org.yaml", f"{IS_DESIRED} (plan it: reconciler plan {{}})"),
    ("show .", f"{IS_DESIRED} (plan it: reconciler plan {{}})"),
    ("apply org.json", f"{IS_DESIRED}; apply takes a name that ends in .json for a saved plan "
                       "(plan it: reconciler plan {})"),
])
def test_a_file_of_the_wrong_kind_is_told_in_one_line(files: Shell, line: str, says: str) -> None:
    name = line.split()[1]
    ran = files.run(line)
    assert ran.code == Exit.INVALID
    assert ran.out == ""
    assert ran.err.startswith(f"error: {name} {says.format(name)}")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("name", ["plan.json", "plan.txt", "saved"])
def test_a_saved_plan_is_applied_by_any_name_but_that_of_yaml(files: Shell, name: str) -> None:
    assert "Applied 1 change to acme" in files.ok(f"apply {name}")


@pytest.mark.parametrize("name", ["org.json", "org.txt", "org.YAMLL"])
def test_an_export_to_a_name_with_another_ending_makes_no_directory(
    files: Shell, name: str
) -> None:
    path = files.folder / "new" / name
    ran = files.run(f"export --out {path}")
    assert ran.code == Exit.INVALID
    assert ran.err == (
        f"error: {path} would be a directory, and its name ends in {path.suffix} like a file's ("
        f"for one file write {path.with_suffix('.yaml')}, for a directory {path}/)\n")
    assert not path.parent.exists()
    assert "files)" in files.ok(f"export --out {path}/")
    assert "files)" in files.ok(f"export --overwrite --out {path}")
