"""The program as a process of its own: start-up, terminals, pipes and interruptions."""

from __future__ import annotations

import os
import pty
import re
import resource
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.jobs import interruptible
from tests.cli.shell import ADA, SAM, Shell

PROGRAM = [sys.executable, "-m", "reconciler"]


def environment(shell: Shell, **more: str) -> dict[str, str]:
    """The shell's environment, for a process."""
    made = {**os.environ, **more}
    for name, value in shell.environment.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = value
    return made


def process(shell: Shell, line: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *line.split()], env=environment(shell, **more), text=True,
                          capture_output=True, timeout=60, check=False, cwd=shell.folder,
                          stdin=subprocess.DEVNULL)


def at_a_terminal(shell: Shell, line: str, *answers: tuple[str, str]) -> tuple[int, str]:
    """Run with a terminal; wait for each question, then type its answer. Returns all it showed."""
    pid, terminal = pty.fork()
    if pid == 0:
        interruptible()
        os.chdir(shell.folder)
        os.execve(sys.executable, [*PROGRAM, *line.split()], environment(shell, TERM="xterm"))
    shown, asked, deadline = "", list(answers), time.monotonic() + 30
    while time.monotonic() < deadline:
        if asked and asked[0][0] in shown:
            os.write(terminal, asked.pop(0)[1].encode())
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if ready:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            shown += data.decode()
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown


def one_more(org: Shell) -> str:
    return org.declares(f"members: {{{ADA}: {{role: admin}}, {SAM}: {{}}}}\n")


def test_help_is_there_at_once(shell: Shell) -> None:
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        assert process(shell, "--help").returncode == 0
        taken.append(time.perf_counter() - began)
    # 0.1 seconds alone; the best of three, since other tests run beside this one.
    assert min(taken) < 0.4


def test_the_module_is_the_program(shell: Shell) -> None:
    assert process(shell, "--version").stdout.startswith("reconciler ")


def test_stdout_carries_the_result_alone(org: Shell) -> None:
    ran = process(org, f"plan {one_more(org)} --format json --out plan.json")
    assert ran.returncode == 0
    assert ran.stdout == (org.folder / "plan.json").read_text()
    assert ran.stderr == "Saved the plan as plan.json.\n"


def test_at_a_terminal_yes_applies(org: Shell) -> None:
    code, shown = at_a_terminal(org, f"apply {one_more(org)}", ("yes`", "yes\n"))
    assert code == 0, shown
    assert "Make 1 change to acme? Only `yes` is taken for a yes:" in shown
    assert "Applied 1 change to acme" in shown
    assert "\x1b[" in shown


@pytest.mark.parametrize("answer", ["y\n", "\n", "no\n", "\x04"])
def test_at_a_terminal_anything_else_applies_nothing(org: Shell, answer: str) -> None:
    code, shown = at_a_terminal(org, f"apply {one_more(org)}", ("yes`", answer))
    assert code == 5, shown
    assert "nothing was written" in shown
    assert SAM not in org.ok("live members")


def test_at_a_terminal_transfers_are_confirmed_by_name(people: Shell) -> None:
    people.ok(f"live content add funnel --kind chart --project web --as {SAM}")
    path = people.declares(f"""
        manage: {{members: additive}}
        members: {{{ADA}: {{role: admin}}}}
        departures: {{{SAM}: {{transfer_content_to: {ADA}}}}}
        """)
    code, shown = at_a_terminal(people, f"apply {path}", ("Type `transfers`", "yes\n"))
    assert code == 5, shown
    code, shown = at_a_terminal(people, f"apply {path}", ("Type `transfers`", "transfers\n"),
                                ("Only `yes`", "yes\n"))
    assert code == 0, shown


def test_an_interruption_at_the_question_leaves_cleanly(org: Shell) -> None:
    code, shown = at_a_terminal(org, f"apply {one_more(org)}", ("yes`", "\x03"))
    assert code == 130, shown
    assert "interrupted" in shown
    assert "Traceback" not in shown
    assert SAM not in org.ok("live members")


def test_no_color_holds_at_a_terminal(org: Shell) -> None:
    org.environment["NO_COLOR"] = "1"
    code, shown = at_a_terminal(org, f"plan {one_more(org)}")
    assert code == 0
    # A spinner may move the cursor; what colours is `ESC [ numbers m`.
    assert not re.search(r"\x1b\[[0-9;:]*m", shown)


def test_a_reader_that_goes_away_is_no_error(people: Shell) -> None:
    for i in range(3):
        people.ok("live team create " + " ".join(f"{'team' * 40}-{i}-{j}" for j in range(200)))
    running = subprocess.Popen([*PROGRAM, "live", "team", "list"], env=environment(people),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    said = running.stderr.read()
    running.stderr.close()
    assert running.wait(timeout=30) == 141
    assert said == b""


def test_a_terminal_that_knows_no_such_letters_is_no_error(org: Shell) -> None:
    org.ok("live project rename web", "Zoë 日本")
    ran = process(org, "live project list", PYTHONIOENCODING="ascii")
    assert ran.returncode == 0
    assert "web      Zo" in ran.stdout


def test_a_signal_while_working_leaves_with_130(org: Shell, tmp_path: Path) -> None:
    pipe = tmp_path / "slow.yaml"
    os.mkfifo(pipe)
    running = subprocess.Popen([*PROGRAM, "show", str(pipe)], env=environment(org),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               preexec_fn=interruptible)
    # Opening waits until the program reads, and a writer that says nothing keeps it there.
    with pipe.open("w"):
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Traceback" not in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(("line", "how"), [
    ("rules", "make room there, and run it again"),
    ("plan org.yaml --format json", "make room there, and run it again"),
    ("plan --help", "make room there, and run it again"),
    ("live team create Data", "do not run it again: it was done, and stands in the audit log"),
])
def test_a_full_device_is_said_in_one_line(org: Shell, line: str, how: str) -> None:
    one_more(org)
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([*PROGRAM, *line.split()], env=environment(org), cwd=org.folder,
                             stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
                             check=False)
    assert ran.stderr == f"error: stdout cannot be written: no space left on device ({how})\n"
    assert ran.returncode == 1


def test_a_result_that_a_device_takes_in_part_is_a_failure_without_buffers_too(
    shell: Shell,
) -> None:
    def with_room_for_a_part() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    part = shell.folder / "schema.json"
    with part.open("w") as file:
        ran = subprocess.run([*PROGRAM, "schema", "plan"], stdout=file, stderr=subprocess.PIPE,
                             env=environment(shell, PYTHONUNBUFFERED="1"), text=True, timeout=60,
                             check=False, preexec_fn=with_room_for_a_part)
    assert part.stat().st_size == 5000
    assert ran.returncode == 1
    assert ran.stderr.startswith("error: stdout cannot be written: file too large")


def test_what_no_file_can_be_called_is_a_wrong_path(org: Shell) -> None:
    path = "x" * 5000
    for line in (f"validate {path}", f"plan {path}", f"show {path}", f"export --out {path}",
                 f"plan {one_more(org)} --out {path}", f"edit format {path}"):
        ran = org.run(line)
        assert ran.code == 3
        assert ran.err.startswith("error: xxx")
        assert ran.err.endswith("xxx cannot be used: file name too long (check the path)\n") or (
            "/org.yaml cannot be used" in ran.err)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_plan_that_finds_no_room_is_said_in_one_line(org: Shell) -> None:
    ran = process(org, f"plan {one_more(org)} --out /dev/full")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == ("error: /dev/full cannot be written: no space left on device "
                          "(make room there, and run it again)\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_where_stderr_is_full_the_exit_code_still_speaks(org: Shell) -> None:
    with Path("/dev/full").open("w") as full:
        codes = [subprocess.run([*PROGRAM, *line.split()], env=environment(org), stderr=full,
                                stdout=subprocess.DEVNULL, timeout=60, check=False).returncode
                 for line in ("plan", "plan nothing.yaml", "rules")]
    assert codes == [3, 3, 0]
