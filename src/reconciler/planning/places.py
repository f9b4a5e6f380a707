"""Where in the YAML a change comes from: the line of what is declared."""

from __future__ import annotations

from dataclasses import replace

from reconciler.desired.places import Places
from reconciler.desired.state import DesiredState
from reconciler.model.finding import Location


class Sources:
    """The lines of one desired state. A change names a line; a column would say no more."""

    def __init__(self, state: DesiredState) -> None:
        self._state = state
        self._places = Places.of(state)
        self.root = Location(state.files[0]) if state.files else None

    def of(self, section: str, key: str, *path: str) -> Location:
        """The line of a section's entry or, as far as it is written, of a field in it."""
        return replace(self._places.locate(self._state, section, key, path), column=0)
