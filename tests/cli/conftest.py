from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import Shell, acme, with_people


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """No organization yet."""
    return Shell(tmp_path)


@pytest.fixture
def org(tmp_path: Path) -> Shell:
    """acme with ada, web and ios."""
    return acme(tmp_path)


@pytest.fixture
def people(tmp_path: Path) -> Shell:
    """acme with ada, sam, kim and the invited bob."""
    return with_people(tmp_path)
