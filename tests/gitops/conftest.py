from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.gitops.github.client import Client
from tests.gitops.fake_github import REPOSITORY, FakeGitHub, a_github


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """A GitHub with one repository, and nothing in it."""
    with a_github() as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    """For how many seconds the client wanted to wait, each time."""
    return []


@pytest.fixture
def client(github: FakeGitHub, waits: list[float]) -> Client:
    """A client that waits by writing down for how long."""
    return Client(api=github.url, graphql=f"{github.url}/graphql", repository=REPOSITORY,
                  token="bot", sleep=waits.append)
