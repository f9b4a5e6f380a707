"""The browser that pages are tried in: Debian's chromium, or one that is named."""

from __future__ import annotations

import os
import shutil

NAMED = "RECONCILER_TEST_BROWSER"
LEFT_OUT = "The browser was left out"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]
_KNOWN = ("chromium", "chromium-browser", "google-chrome")


class NoBrowser(Exception):
    """No browser can be had; the message says why."""


def executable() -> str:
    """The path of the browser. Raises NoBrowser."""
    named = os.environ.get(NAMED)
    if named:
        if shutil.which(named) is None:
            raise NoBrowser(f"{NAMED} names {named}, which is no program")
        return named
    for name in _KNOWN:
        found = shutil.which(name)
        if found is not None:
            return found
    raise NoBrowser("there is no chromium on this machine")
