"""Start-up stays light: heavy libraries are loaded by the command that uses them."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("sqlalchemy", "alembic", "pydantic", "jsonschema", "deepdiff", "rich", "yaml", "ruamel",
         "psycopg", "urllib3")
PROBE = """
import sys
from reconciler.cli.main import main
sys.argv[0] = "reconciler"
try:
    main()
except SystemExit:
    pass
print("loaded:", *sorted({name.split(".")[0] for name in sys.modules} & set(HEAVY)))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["plan", "--help"],
                                       ["live", "--help"], ["rules"],
                                       ["github", "plan", "--help"],
                                       ["edit", "--help"], ["edit", "format", "--help"]])
def test_help_and_rules_load_no_heavy_library(arguments: list[str]) -> None:
    probe = f"HEAVY = {HEAVY!r}\n{PROBE}"
    done = subprocess.run([sys.executable, "-c", probe, *arguments], capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.stdout.splitlines()[-1:] == ["loaded:"], done.stdout[-300:] + done.stderr[-500:]
