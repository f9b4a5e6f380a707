"""The programs that judge workflows: out of the lint environment, beside that of the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NAMED = "RECONCILER_TEST_LINTERS"
"""Names the folder that the programs are in."""
LEFT_OUT = "no linters of workflows"


def lint(program: str, *arguments: str) -> str:
    """What a linter finds, nothing where it finds nothing. Where it is not installed the test is
    skipped; in CI it fails."""
    folder = Path(os.environ.get(NAMED) or Path(sys.prefix).parent / ".venv-lint" / "bin")
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    if shutil.which(program, path=path) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs {program}: it is not in {folder}", pytrace=False)
        pytest.skip(f"{LEFT_OUT}: {program} is not in {folder}")
    done = subprocess.run([program, *arguments], env={**os.environ, "PATH": path}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    return "" if done.returncode == 0 else done.stdout
