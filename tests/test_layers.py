"""Where imports may point, beyond what import-linter's contracts say (`make layers`)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
MODULES = sorted((SOURCE / "reconciler").rglob("*.py"))


def imports_of(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of everything that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from ((node.module or "", alias.name) for alias in node.names)


def layer_of(path: Path) -> str:
    return path.relative_to(SOURCE / "reconciler").parts[0].removesuffix(".py")


def shown(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def test_the_nouns_and_the_rules_need_the_standard_library_only() -> None:
    # But for the bytes of canonical JSON, which enter by one door (pyproject.toml).
    for path in MODULES:
        if layer_of(path) in {"model", "rules"} and path.name != "canonical.py":
            foreign = {module for module, _ in imports_of(path)
                       if module.split(".")[0] not in {*sys.stdlib_module_names, "reconciler"}}
            assert not foreign, f"{shown(path)} imports {foreign}"


@pytest.mark.parametrize("library", ["deepdiff", "jsonschema", "orjson"])
def test_a_library_behind_one_function_is_imported_by_one_module(library: str) -> None:
    doors = [shown(path) for path in MODULES
             if any(module.split(".")[0] == library for module, _ in imports_of(path))]
    assert len(doors) == 1, f"{library} enters by {doors}"


@pytest.mark.parametrize("layer", ["planning", "desired", "drift", "explaining", "reports",
                                   "gitops"])
def test_whoever_only_reads_is_given_no_writer(layer: str) -> None:
    """Planning gets a Reader; a Store, with its `perform`, is for applying and the commands."""
    writing = {"Store", "Step", "RunInfo"}
    for path in MODULES:
        if layer_of(path) != layer:
            continue
        for module, name in imports_of(path):
            if module.startswith("reconciler.live"):
                # The past is told from what a Reader reads.
                assert module in {"reconciler.live.ports", "reconciler.live.past",
                                  "reconciler.live.movements"}, f"{shown(path)} imports {module}"
                assert name not in writing, f"{shown(path)} imports {name}"


def test_no_module_asks_whether_this_is_a_dry_run() -> None:
    for path in MODULES:
        names = {node.arg for node in ast.walk(ast.parse(path.read_text()))
                 if isinstance(node, ast.arg | ast.keyword)}
        assert "dry_run" not in names, shown(path)


def test_only_the_command_line_prints() -> None:
    for path in MODULES:
        if layer_of(path) in {"cli", "__main__"}:
            continue
        called = {node.func.id for node in ast.walk(ast.parse(path.read_text()))
                  if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        assert not called & {"print", "input"}, shown(path)
