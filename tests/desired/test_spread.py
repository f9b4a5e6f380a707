"""Many files are read by several processes, and nobody can tell from what comes out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.desired import spread as module
from reconciler.desired.files import find_root
from reconciler.desired.load import load, read_sources
from reconciler.desired.spread import spread
from reconciler.model.errors import InvalidInput
from reconciler.model.finding import Severity
from tests.cli.jobs import interruptible, wait_for_children

HERE = os.getpid()
HEAD = "apiVersion: reconciler/v1\n"


@pytest.fixture(autouse=True)
def three_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "processors", lambda: 3)



def organization(folder: Path, files: int = 6) -> Path:
    members = folder / "members"
    members.mkdir()
    (folder / "org.yaml").write_text(
        "apiVersion: reconciler/v1\norganization: acme\ninclude: [members/*.yaml]\n"
        "members:\n  ada@acme.example: {role: admin}\n")
    for number in range(files):
        lines = [f"  m{number}-{i}@acme.example: {{role: user}}\n" for i in range(number * 40)]
        (members / f"{number}.yaml").write_text(HEAD + "members:\n" + "".join(lines)
                                                if lines else HEAD)
    return folder


def test_other_processes_take_their_share_and_the_order_stays() -> None:
    found = spread(lambda n: (n, os.getpid()), range(40), [1] * 40, worth=1)
    assert [n for n, _ in found] == list(range(40))
    assert {HERE} < {process for _, process in found}


def test_little_work_stays_in_this_process() -> None:
    found = spread(lambda n: os.getpid(), range(40), [1] * 40)
    assert set(found) == {HERE}


def test_what_a_process_cannot_finish_is_done_here() -> None:
    def work(number: int) -> int:
        if os.getpid() != HERE:
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number

    assert spread(work, range(9), [1] * 9, worth=1) == [n * n for n in range(9)]


def test_what_work_raises_is_raised_here(capfd: pytest.CaptureFixture[str]) -> None:
    def work(number: int) -> int:
        if number == 5:
            raise ValueError("five is no good")
        return number

    with pytest.raises(ValueError, match="five is no good"):
        spread(work, range(9), [1] * 9, worth=1)
    assert capfd.readouterr() == ("", "")


def test_the_same_state_comes_out_however_many_processes_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = organization(tmp_path)
    alone = load(folder)
    monkeypatch.setattr(spread, "__kwdefaults__", {"worth": 1})
    together = load(folder)
    assert together == alone
    assert list(together.members) == list(alone.members)
    assert len(together.members) == 601


def test_every_problem_of_every_file_is_found_by_several_processes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = organization(tmp_path)
    (folder / "members" / "2.yaml").write_text(HEAD + "members:\n  nobody: {role: user}\n")
    (folder / "members" / "4.yaml").write_bytes(HEAD.encode() + b"members: {\xff}\n")
    (folder / "members" / "5.yaml").write_text(HEAD + "members:\n\tx@acme.example: {}\n")
    with pytest.raises(InvalidInput) as alone:
        load(folder)
    monkeypatch.setattr(spread, "__kwdefaults__", {"worth": 1})
    with pytest.raises(InvalidInput) as together:
        load(folder)
    assert together.value.findings == alone.value.findings
    assert {str(f.location) for f in alone.value.findings if f.severity is Severity.ERROR} == {
        "members/2.yaml:3:3", "members/4.yaml:2:11", "members/5.yaml:3:1"}
    sources, _ = read_sources(find_root(folder))
    assert [s.name for s in sources] == [
        "org.yaml", *(f"members/{n}.yaml" for n in (0, 1, 2, 3, 5))]


def test_an_interrupted_command_leaves_no_process_behind(tmp_path: Path) -> None:
    folder = organization(tmp_path, files=8)
    for number in range(8):
        lines = [f"  w{number}-{i}@acme.example: {{role: user, team: x{i}}}\n"
                 for i in range(30_000)]
        (folder / "members" / f"{number}.yaml").write_text(HEAD + "members:\n" + "".join(lines))
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "validate", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=interruptible)
    group = process.pid
    wait_for_children(group)
    os.killpg(group, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
