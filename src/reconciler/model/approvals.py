"""Who reviewed a run: its author, and the people who approved it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.model.email import Email


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """What is said to have been reviewed. `author` None: nobody is named as the author. Whether
    the approvals count, L11 says."""

    author: Email | None = None
    approvers: frozenset[Email] = frozenset()


NO_APPROVALS: Final = Approvals()
