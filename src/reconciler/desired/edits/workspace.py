"""The files of one desired state while they are edited: found, changed, checked, written."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from reconciler.desired.edits.filetext import FileText
from reconciler.desired.edits.writing import write_all
from reconciler.desired.files import Root, find_root, policy_of, read_file
from reconciler.desired.source import Source
from reconciler.model.email import Email, InvalidEmail, normalize_email
from reconciler.model.errors import InvalidInput, LimitExceeded, ReconcilerError, Refused
from reconciler.model.finding import Finding, Location, errors, in_order
from reconciler.model.nearest import did_you_mean

_PLACES: Final = re.compile(r":\d+(?::\d+)?")


@dataclass(frozen=True, slots=True)
class FileChange:
    """What an edit made of one file, as texts."""

    name: str
    before: str
    after: str


class Workspace:
    """The files of a desired state, and its policy, being edited."""

    def __init__(self, root: Root, sources: list[Source], folder: str = "") -> None:
        self.folder = folder
        self.root = root
        self.sources = {source.name: source for source in sources}
        self._files: dict[str, FileText] = {}

    @classmethod
    def open(cls, path: str | Path, *, folder: str = "") -> Workspace:
        """The files at a path; `folder` is put before their names in messages.

        Raises InvalidInput where they are not well formed: what cannot be read cannot be edited.
        Broken rules do not matter yet.
        """
        from reconciler.desired.load import read_sources

        root = find_root(path)
        sources, findings = read_sources(root)
        refuse_malformed([*findings, *(f for source in sources for f in source.findings)])
        return cls(root, sources, folder)

    # --- looking ----------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """The files of the desired state, the root first."""
        return list(self.sources)

    @property
    def top(self) -> dict[str, Any]:
        """What the root file says."""
        return self.sources[self.names[0]].parsed.document

    @cached_property
    def policy(self) -> str | None:
        """The policy beside the root file, if there is one."""
        return policy_of(self.root)

    def file(self, name: str) -> FileText:
        """A file to edit. Raises InvalidInput where it cannot be read."""
        if name not in self._files:
            self._files[name] = self._read(name)
        return self._files[name]

    def untouched(self, name: str) -> bytes | None:
        """The bytes of a file that nobody edited; None for another, or one that cannot be read."""
        data = None if name in self._files else read_file(self.root.directory, name)
        return data if isinstance(data, bytes) else None

    def settle(self) -> None:
        """Take the changes so far as made: places are looked up in the new texts from here on."""
        self._files = {name: file.settled() for name, file in self._files.items()}

    def people(self, section: str) -> dict[Email, tuple[str, str]]:
        """(file, key as written) of everybody in `members` or `departures`."""
        return {email: (name, key) for name, key in self.entries(section)
                if (email := as_email(key)) is not None}

    def entries(self, section: str) -> Iterator[tuple[str, str]]:
        """(file, key) of every entry of a section, or item of a list of texts."""
        for name in self.names:
            source = self._files.get(name, self.sources[name])
            for key in source.parsed.lines.get(section, {}):
                yield name, key

    def holding(self, section: str) -> list[str]:
        """The files that have a section."""
        return [name for name, source in self.sources.items()
                if section in source.parsed.document]

    def place(self, name: str, section: str, key: str) -> Location:
        """Where an entry stands."""
        file = self.file(name)
        return file.place(file.entry(section, key).pair.key.start)

    def person(self, email: Email) -> tuple[str, str]:
        """File and key of a member. Raises InvalidInput with the nearest one."""
        people = self.people("members")
        if email not in people:
            raise InvalidInput(f"{email} is no member in {self.shown_root}",
                               how=did_you_mean(email, people) or "check the address")
        return people[email]

    @property
    def shown_root(self) -> str:
        """The root file as people know it."""
        return self.folder + self.root.name

    # --- finishing --------------------------------------------------------------------------------

    def save(self) -> tuple[FileChange, ...]:
        """Check what the edits made and write it, all files or none.

        Raises what loading and judging raise, with the findings that were not there before the
        edit; InvalidInput where a file cannot be written. Then nothing is written.
        """
        changed = {name: file for name, file in self._files.items()
                   if file.splices or file.original != file.raw}
        texts = {name: file.finish() for name, file in changed.items()}
        texts = {name: text for name, text in texts.items()
                 if text != changed[name].original}
        if not texts:
            return ()
        self._refuse_new_problems(texts)
        write_all(self.root.directory,
                  {name: (changed[name].original, text) for name, text in texts.items()})
        return tuple(FileChange(name, changed[name].original.decode("utf-8-sig"),
                                texts[name].decode("utf-8-sig")) for name in texts)

    def _refuse_new_problems(self, texts: dict[str, bytes]) -> None:
        before = Counter(_known(f) for f in _problems(self.root.directory, self.root.name))
        with tempfile.TemporaryDirectory(prefix="reconciler-edit-") as folder:
            for name in [*self.names, *([self.policy] if self.policy else [])]:
                target = Path(folder) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(texts.get(name) or (self.root.directory / name).read_bytes())
            after = _problems(Path(folder), self.root.name)
        new = []
        for finding in after:
            known = _known(finding)
            if before[known]:
                before[known] -= 1
            else:
                new.append(finding)
        if not new:
            return
        what, how = "the edit would break what is declared", "nothing was written"
        if any(f.rule.startswith("F") for f in new):
            raise InvalidInput(what, how=how, findings=tuple(new))
        if any(f.rule.startswith("L") for f in new):
            raise LimitExceeded(what, how=how, findings=tuple(new))
        raise Refused(what, how=how, findings=tuple(new))

    def _read(self, name: str) -> FileText:
        checked = read_file(self.root.directory, name)
        if isinstance(checked, Finding):
            raise InvalidInput(f"{name} cannot be edited", findings=(checked,))
        file = FileText(name, (self.root.directory / name).read_bytes(),
                        is_root=name == self.root.name, folder=self.folder)
        if file.findings:
            raise InvalidInput(f"{name} cannot be edited as it is", how="correct it first",
                               findings=tuple(file.findings))
        return file


def refuse_malformed(findings: list[Finding]) -> None:
    """Raise InvalidInput where something is wrong with files that are to be edited."""
    if errors(findings):
        raise InvalidInput("the files cannot be edited as they are", how="correct them first",
                           findings=tuple(findings))


@cache
def as_email(text: str) -> Email | None:
    """A text as an address; None where it is none."""
    try:
        return normalize_email(text)
    except InvalidEmail:
        return None


def _problems(directory: Path, name: str) -> Iterable[Finding]:
    """The errors of a desired state and the policy beside it."""
    from reconciler.desired.policy import validate_with_policy

    try:
        validate_with_policy(directory / name)
    except ReconcilerError as wrong:
        return errors(in_order(wrong.findings))
    return ()


def _known(finding: Finding) -> tuple[str, str, str, str]:
    """What makes a finding the same as one before the edit: not its line, which moves."""
    place = finding.location
    return (finding.rule, finding.subject, _PLACES.sub("", finding.what),
            place.file if place else "")
