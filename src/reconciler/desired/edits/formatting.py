"""`format`: every file of a desired state, and its policy, in the one layout."""

from __future__ import annotations

from collections import Counter

from reconciler.desired.edits.checking import order_of, seen
from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.layout import laid_out
from reconciler.desired.edits.lines import first_difference
from reconciler.desired.edits.spots import Unplaceable
from reconciler.desired.edits.workspace import Workspace, refuse_malformed
from reconciler.desired.files import Root, read_file
from reconciler.desired.load import find_sources
from reconciler.model.finding import Finding


def format_files(files: Workspace) -> list[str]:
    """Lay out every file; the names of those that change. What they say stays the same, and so
    does every comment. Raises InvalidInput for a file that is written in too unusual a way."""
    names = [*files.names, *([files.policy] if files.policy else [])]
    return [name for name in names
            if not seen(name, files.untouched(name)) and _format(files.file(name))]


def included_files(root: Root) -> list[str]:
    """The files that a root file includes. Raises InvalidInput."""
    source, names, findings = find_sources(root)
    refuse_malformed([*findings, *(source.findings if source is not None else ())])
    return names


def first_line_out_of_order(root: Root, folder: str, name: str) -> int:
    """The first line of a file that the layout makes another; 0 where there is none. Raises
    InvalidInput."""
    data = read_file(root.directory, name)
    if isinstance(data, Finding):
        refuse_malformed([data])
        raise AssertionError("a file that cannot be read is refused")
    file = FileText(name, data, is_root=name == root.name, folder=folder)
    refuse_malformed(file.findings)
    return first_difference(file.text, file.new_text()) if _format(file) else 0


def _format(file: FileText) -> bool:
    text = file.text.replace("\r\n", "\n")
    try:
        after = laid_out(text, order_of(file.name))
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
