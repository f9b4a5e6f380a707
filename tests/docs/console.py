"""Documents whose console blocks are run: `$ command`, `> more of it`, and what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CLOCK = "2026-06-01T12:00:00Z"
_COMMITTER = {f"GIT_{who}_{what}": said for who in ("AUTHOR", "COMMITTER") for what, said in (
    ("NAME", "Ada Example"), ("EMAIL", "ada@acme.example"))}


class Step(NamedTuple):
    """One command as it is written, and what the document shows of it."""

    written: str
    command: str
    shown: str


def steps(block: str) -> list[Step]:
    """The commands of a console block."""
    found: list[Step] = []
    for part in re.split(r"^(?=\$ )", block, flags=re.MULTILINE):
        if not part:
            continue
        lines = part.splitlines(keepends=True)
        count = 1
        while count < len(lines) and lines[count].startswith("> "):
            count += 1
        written = "".join(lines[:count])
        command = "".join(line[2:] for line in lines[:count])
        found.append(Step(written, command, "".join(lines[count:])))
    return found


class Console:
    """A shell whose exported variables, and whose folder, last from command to command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {k: v for k, v in os.environ.items() if not k.startswith("RECONCILER_")}
        self.environment = {
            **kept, **_COMMITTER, "RECONCILER_NOW": CLOCK,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def run(self, command: str) -> str:
        """What a command says, on stdout and stderr."""
        if command.startswith("export "):
            for assignment in command.split()[1:]:
                name, _, value = assignment.partition("=")
                self.environment[name] = value
            return ""
        if command.startswith("cd "):
            self.folder /= command.split()[1]
            return ""
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            timeout=60, check=False).stdout


def steps_of(document: str) -> list[Step]:
    """The commands of all console blocks of a document."""
    return [step for block in _BLOCK.findall(document) for step in steps(block)]


def played(document: str, folder: Path) -> str:
    """The document with every command run, and what it said in the place of what is shown."""
    console = Console(folder)

    def play(match: re.Match[str]) -> str:
        said = "".join(step.written + console.run(step.command)
                       for step in steps(match.group(1)))
        return f"```console\n{said}```"

    return _BLOCK.sub(play, document)
