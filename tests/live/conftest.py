"""An organization on each database in turn."""

from __future__ import annotations

import pytest

from tests.live.living import Live, an_org_in


@pytest.fixture
def live(store_url: str) -> Live:
    """acme, furnished, with ada as its only admin."""
    return an_org_in(store_url)
