"""`format`: every file of a desired state, and its policy, in the one layout."""

from __future__ import annotations

from collections import Counter
from typing import Final

from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.layout import laid_out
from reconciler.desired.edits.splicing import SECTION_ORDER
from reconciler.desired.edits.spots import Unplaceable
from reconciler.desired.edits.workspace import Workspace
from reconciler.desired.files import POLICY_FILE

POLICY_ORDER: Final = (
    "apiVersion", "kind", "protected_members", "min_admins", "allowed_email_domains", "limits",
    "removals", "invitations", "approvals", "receiver_access")


def format_files(files: Workspace) -> list[str]:
    """Lay out every file; the names of those that change. What they say stays the same, and so
    does every comment. Raises InvalidInput for a file that is written in too unusual a way."""
    names = [*files.names, *([files.policy] if files.policy else [])]
    return [name for name in names if _format(files.file(name))]


def _format(file: FileText) -> bool:
    text = file.text.replace("\r\n", "\n")
    try:
        after = laid_out(text, POLICY_ORDER if file.name == POLICY_FILE else SECTION_ORDER)
    except Unplaceable:
        raise file.by_hand("the layout") from None
    if _words(after) != _words(text):
        raise file.by_hand("the layout")
    if after.replace("\n", file.newline) == file.text:
        return False
    file.replace(0, len(file.text), after)
    file.finish()
    return True


def _words(text: str) -> Counter[str]:
    """All that is written, comments included, wherever it stands."""
    return Counter(line.strip() for line in text.splitlines() if line.strip())
