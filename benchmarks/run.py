"""Speed and memory, each step in a process of its own; a Markdown table on stdout.

    python benchmarks/run.py [--members 1000 10000 100000] [--store sqlite postgresql]

See benchmarks/README.md for what the rows mean.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ADMIN = "ada@acme.example"
PROJECT = "project-003"
CLI = (sys.executable, "-m", "reconciler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one step took; the peak of memory is that of its whole process."""

    seconds: float
    megabytes: float


class Failed(Exception):
    """A step ended with another exit code than it should have."""


def measured(
    command: Sequence[str], *, own_clock: bool = False, codes: Sequence[int] = (0,),
    environment: dict[str, str] | None = None,
) -> Measure:
    """Run a process to its end. With `own_clock` it prints its seconds itself (a step inside the
    process), else they are those of the whole process. Raises Failed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors,
            env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = code = os.waitstatus_to_exitcode(status)
        if code not in codes:
            errors.seek(0)
            out.seek(0)
            tail = (out.read() + errors.read()).decode(errors="replace")[-1500:]
            raise Failed(f"{' '.join(command)} ended with {code}:\n{tail}")
        if own_clock:
            out.seek(0)
            seconds = float(out.read())
    unit = 1024 * 1024 if platform.system() == "Darwin" else 1024
    return Measure(seconds=seconds, megabytes=usage.ru_maxrss / unit)


def best(repeat: int, command: Sequence[str], *, own_clock: bool = False,
         codes: Sequence[int] = (0,)) -> Measure:
    """The fastest of several runs."""
    runs = [measured(command, own_clock=own_clock, codes=codes) for _ in range(repeat)]
    return min(runs, key=lambda run: run.seconds)


class Bench:
    """Everything that is measured at one size on one store."""

    def __init__(self, folder: Path, members: int, store: str, repeat: int) -> None:
        self.folder = folder
        self.members = members
        self.store = store
        self.repeat = repeat
        self.root = folder / "as-is" / "org.yaml"

    def steps(self) -> Iterator[tuple[str, Measure]]:
        """Name and measure, one after the other as they are known."""
        yield "C event stream, own builder", self._step("stream")
        yield "load", self._step("load")
        yield "edit format --check", self._files("edit", "format", str(self.root), "--check")
        owners = str(self.folder / "CODEOWNERS")
        self._files("codeowners", str(self.root), "--out", owners)
        yield "codeowners --check", self._files("codeowners", str(self.root), "--check", owners)
        self._cli("live", "init", "acme", "--admin", ADMIN, "--tier", "enterprise",
                  "--project-level-permissions")
        yield "apply from empty", self._apply(self.root)
        yield "read", self._step("read")
        yield "read and difference", self._step("difference")
        yield "no-change plan, cold", self._cold_plan()
        yield "no-change plan, warm", self._plan(self.root, codes=(0,))
        taken = self.folder / "acme.snapshot"
        yield "snapshot", self._cli("snapshot", "--out", str(taken))
        yield "no-change plan of a snapshot", self._plan(
            self.root, codes=(0,), store=f"snapshot:{taken}")
        yield "drift, none", self._whole("drift", str(self.root))
        yield "explain somebody", self._whole("explain", self._somebody(), "--file", str(self.root))
        yield "who-can on a project", self._whole("who-can", "admin", PROJECT)
        yield "audit verify", self._whole("audit", "verify")
        one = self.folder / "one" / "org.yaml"
        yield "one changed line: plan", self._plan(one, codes=(2,))
        yield "one changed line: apply", self._apply(one)
        percent = self.folder / "percent" / "org.yaml"
        yield "1 % changed: plan", self._plan(percent, codes=(2,))
        self._cli("live", "set-role", self._somebody(), "--project", PROJECT, "--role", "admin",
                  "--as", ADMIN)
        yield "1 % pending, one drifted: drift", self._whole("drift", str(percent), codes=(2,))
        yield "1 % changed: apply", self._apply(percent)

    def _step(self, name: str) -> Measure:
        command = (sys.executable, str(HERE / "steps.py"), name, str(self.root), self.store)
        return best(self.repeat, command, own_clock=True)

    def _command(self, *arguments: str, store: str = "") -> tuple[str, ...]:
        return (*CLI, *arguments, "--store", store or self.store)

    def _cli(self, *arguments: str) -> Measure:
        return measured(self._command(*arguments))

    def _plan(self, root: Path, codes: Sequence[int], store: str = "") -> Measure:
        command = self._command("plan", str(root), "--as", ADMIN, "--detailed-exitcode",
                                store=store)
        return best(self.repeat, command, codes=codes)

    def _somebody(self) -> str:
        """Who stands in the middle of the last file with members."""
        last = [self.root, *sorted(self.root.parent.glob("members/*.yaml"))][-1]
        people = [line.strip(" :") for line in last.read_text().splitlines()
                  if line.startswith("  ") and line.endswith("@acme.example:")]
        return people[len(people) // 2]

    def _whole(self, *arguments: str, codes: Sequence[int] = (0,)) -> Measure:
        return best(self.repeat, self._command(*arguments), codes=codes)

    def _files(self, *arguments: str) -> Measure:
        """A command about the files alone."""
        return best(self.repeat, (*CLI, *arguments))

    def _cold_plan(self) -> Measure:
        """Nothing is compiled yet, and the files are not in memory."""
        for path in self.folder.rglob("*"):
            if path.is_file() and hasattr(os, "posix_fadvise"):
                with path.open("rb") as file:
                    os.fsync(file.fileno())
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        with tempfile.TemporaryDirectory() as compiled:
            return measured(
                self._command("plan", str(self.root), "--as", ADMIN, "--detailed-exitcode"),
                environment={"PYTHONPYCACHEPREFIX": compiled})

    def _apply(self, root: Path) -> Measure:
        return self._cli("apply", str(root), "--as", ADMIN, "--auto-approve")


def generate(folder: Path, members: int, files: int) -> None:
    """The organization as it is, with one changed line, and with 1 % changed."""
    percent = max(1, members // 100)
    for name, changed in (("as-is", 0), ("one", 1), ("percent", percent)):
        measured((sys.executable, str(HERE / "generate.py"), str(folder / name),
                  "--members", str(members), "--files", str(files), "--changed", str(changed)))


@contextmanager
def a_store(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty place for a live store."""
    if kind == "sqlite":
        path = folder / "live.db"
        yield f"sqlite:///{path}"
        for each in folder.glob("live.db*"):
            each.unlink()
        return
    with subprocess.Popen((sys.executable, str(HERE / "server.py")), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("database\n")
        server.stdin.flush()
        url = server.stdout.readline().strip()
        if not url:
            raise Failed("no PostgreSQL server can be had")
        try:
            yield url
        finally:
            server.stdin.close()


def report(members: int, kind: str, steps: Iterator[tuple[str, Measure]], size: int) -> None:
    """Print one table, row by row."""
    print(f"\n### {members:,} members on {kind} ({size / 1e6:.1f} MB of YAML)\n")
    print("| step | seconds | times the event stream | peak MB |")
    print("|---|---:|---:|---:|")
    yardstick = 0.0
    for name, measure in steps:
        yardstick = yardstick or measure.seconds
        ratio = measure.seconds / yardstick
        print(f"| {name} | {measure.seconds:.3f} | {ratio:.2f} | {measure.megabytes:.0f} |",
              flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--members", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--store", nargs="+", choices=("sqlite", "postgresql"),
                        default=["sqlite", "postgresql"])
    parser.add_argument("--files", type=int, default=0,
                        help="files of members (default: one for every thousand)")
    parser.add_argument("--repeat", type=int, default=3, help="the fastest of so many runs counts")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}\n")
    shown = best(max(5, options.repeat), (*CLI, "--help"))
    print(f"`reconciler --help`: {shown.seconds:.3f} s, {shown.megabytes:.0f} MB")
    for members in options.members:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            generate(folder, members, options.files or max(1, members // 1000))
            size = sum(f.stat().st_size for f in (folder / "as-is").rglob("*.yaml"))
            for kind in options.store:
                with a_store(kind, folder) as url:
                    bench = Bench(folder, members, url, options.repeat)
                    report(members, kind, bench.steps(), size)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(str(failure))
