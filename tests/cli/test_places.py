"""Places are shown so that they can be opened from here; a saved plan knows no such place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.cli.places import folder_of
from tests.cli.shell import ADA, HEAD, SAM, Shell

HERE = {"configs/acme": "configs/acme/", "configs/acme/": "configs/acme/",
        "configs/acme/org.yaml": "configs/acme/", "./configs/acme": "configs/acme/",
        "..": "../", "../other/org.yaml": "../other/", ".": "", "org.yaml": "", "./org.yaml": "",
        "/elsewhere/org.yaml": "/elsewhere/", "/": "/"}


@pytest.fixture
def configs(org: Shell, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody works above the folder of acme's files: two of them, the second with the people."""
    folder = org.folder / "configs" / "acme"
    (folder / "members").mkdir(parents=True)
    (folder / "org.yaml").write_text(f"{HEAD}include: [members/*.yaml]\n")
    people(folder, "{}")
    monkeypatch.chdir(org.folder)
    return folder


def people(folder: Path, sam: str) -> None:
    (folder / "members" / "a.yaml").write_text(
        f"apiVersion: reconciler/v1\nmembers:\n  {ADA}: {{role: admin}}\n  {SAM}: {sam}\n")


def opened(text: str) -> list[str]:
    """The lines that the places of a text name."""
    return [Path(file).read_text().splitlines()[int(line) - 1].strip()
            for file, line in re.findall(r"([\w./-]+\.yaml):(\d+)", text)]


@pytest.mark.parametrize(("path", "folder"), HERE.items())
def test_the_folder_is_named_as_it_is_reached(
    configs: Path, path: str, folder: str
) -> None:
    assert folder_of(path) == folder


def test_what_is_named_absolutely_is_shown_from_here(configs: Path) -> None:
    assert folder_of(str(configs)) == "configs/acme/"
    assert folder_of(str(configs.parents[1] / "org.yaml")) == ""


@pytest.mark.parametrize("path", ["configs/acme", "configs/acme/org.yaml", "{configs}"])
def test_the_places_of_a_plan_can_be_opened(org: Shell, configs: Path, path: str) -> None:
    out = org.ok(f"plan {path.format(configs=configs)} --out plan.json")
    assert "[not in store, configs/acme/members/a.yaml:4]" in out
    assert opened(out) == [f"{SAM}: {{}}"]
    assert "configs" not in Path("plan.json").read_text()
    assert "configs/acme/members/a.yaml:4" in org.ok(f"apply {path.format(configs=configs)} "
                                                     "--auto-approve")


def test_a_plan_is_the_same_bytes_wherever_it_is_made(
    org: Shell, configs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_above = org.ok("plan configs/acme --format json")
    monkeypatch.chdir(configs)
    assert org.ok("plan . --format json") == from_above
    assert org.ok("plan org.yaml --format json") == from_above


@pytest.mark.parametrize(("sam", "line"), [
    ("{roles: 1}", "validate configs/acme"), ("{roles: 1}", "plan configs/acme"),
    ("{roles: 1}", "apply configs/acme"), ("{groups: [none]}", "validate configs/acme"),
    ("{groups: [none]}", "plan configs/acme"),
    ("{groups: [none]}", "plan configs/acme --format json"),
    ("{groups: [none]}", "apply configs/acme --format json"),
])
def test_the_places_of_problems_can_be_opened(
    org: Shell, configs: Path, sam: str, line: str
) -> None:
    people(configs, sam)
    ran = org.run(line)
    assert ran.code in (3, 4)
    told = ran.err if "json" in line or not ran.out else ran.out
    assert opened(told) == [f"{SAM}: {sam}"]
    assert told.count("configs/acme/members/a.yaml:4") == 1
