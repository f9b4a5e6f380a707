"""The program: its commands by name, and the one place that turns what happened into an exit code.

Nothing heavy is imported here: every command imports what it needs when it runs.
"""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

import click

from reconciler.cli.lazy import Entry, LazyGroup
from reconciler.cli.output import (
    NoRoom,
    ReaderGone,
    is_no_room,
    paint_for,
    say,
    write_into_nothing,
    written_whole,
)
from reconciler.model.errors import Exit, InvalidInput, ReconcilerError

BROKEN_PIPE: Final = 141
"""What a shell reports of a program whose reader went away (`reconciler ... | head`)."""

_WRONG_PATH: Final = (errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES, errno.ENOTDIR)
"""What the system says of a path that was given, wherever it is first looked at."""

CONTEXT: Final[dict[str, Any]] = {
    "help_option_names": ["-h", "--help"],
    "auto_envvar_prefix": "RECONCILER",
    "max_content_width": 100,
}
_DESIRED: Final = "Desired state"
_LIVE: Final = "Live store"
_MORE: Final = "More"


class Program(LazyGroup):
    """The outermost command: whatever happens inside ends here as an exit code."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None,
        **extra: Any,
    ) -> NoReturn:
        extra.pop("standalone_mode", None)
        run = super().main
        sys.exit(exit_code_of(lambda: run(args, prog_name, standalone_mode=False, **extra)))


@click.group(
    "reconciler",
    cls=Program,
    context_settings=CONTEXT,
    entries={
        "validate": Entry("reconciler.cli.validate:validate",
                          "Check the YAML, without any live store.", _DESIRED),
        "plan": Entry("reconciler.cli.plan:plan",
                      "Show what would change, and what refuses it.", _DESIRED),
        "apply": Entry("reconciler.cli.apply:apply",
                       "Make the live organization as declared.", _DESIRED),
        "show": Entry("reconciler.cli.show:show", "Show a saved plan.", _DESIRED),
        "approvals": Entry("reconciler.cli.approvals:approvals",
                           "Tell whether a saved plan is approved, and by whom it could be.",
                           _DESIRED),
        "drift": Entry("reconciler.cli.drift:drift",
                       "Show what was changed behind the last run, and by whom.", _DESIRED),
        "adopt": Entry("reconciler.cli.adopt:adopt",
                       "Write what was changed by hand into the YAML.", _DESIRED),
        "export": Entry("reconciler.cli.export:export",
                        "Write the live organization as YAML, to adopt it.", _DESIRED),
        "snapshot": Entry("reconciler.cli.snapshot:snapshot",
                          "Write what planning needs, to plan without the live store.", _LIVE),
        "edit": Entry("reconciler.cli.edit:edit",
                      "Change the YAML: add, remove, rename people, format.", _DESIRED),
        "init": Entry("reconciler.cli.init:init",
                      "Write a repository that works: YAML, policy, workflows.", _DESIRED),
        "codeowners": Entry("reconciler.cli.codeowners:codeowners_",
                            "Print who is asked to review which file.", _DESIRED),
        "requests": Entry("reconciler.cli.requests:requests",
                          "List who asks to join, and what is decided.", _LIVE),
        "explain": Entry("reconciler.cli.explain:explain",
                         "Say why somebody has the access they have.", _LIVE),
        "who-can": Entry("reconciler.cli.who_can:who_can",
                         "List who has a role on a project, now or at a time.", _LIVE),
        "history": Entry("reconciler.cli.history:history",
                         "List the runs, or show what one did.", _LIVE),
        "revert": Entry("reconciler.cli.revert:revert",
                        "Plan what undoes a run.", _LIVE),
        "audit": Entry("reconciler.cli.audit:audit",
                       "Show who did what and when, or verify that record.", _LIVE),
        "live": Entry("reconciler.cli.live:live",
                      "Look at the live organization, and do what people do there.", _LIVE),
        "github": Entry("reconciler.cli.github:github",
                        "Plan, apply and watch as steps of a GitHub workflow.", _MORE),
        "rules": Entry("reconciler.cli.rules:rules", "List the rules, or explain one.", _MORE),
        "schema": Entry("reconciler.cli.schema:schema",
                        "Print the JSON Schema of the YAML or of a plan.", _MORE),
        "completion": Entry("reconciler.cli.completion:completion",
                            "Print the completion script of your shell.", _MORE),
    },
)
@click.version_option(package_name="reconciler", message="reconciler %(version)s",
                      allow_from_autoenv=False)
def program() -> None:
    """Organization access as code.

    Declare in YAML who may do what, see the plan, apply it: in the order that the rules ask for,
    all of it or nothing.

    \b
    First steps:
      reconciler live init acme --admin ada@acme.example --tier enterprise
      reconciler plan org.yaml --as ada@acme.example
      reconciler apply org.yaml --as ada@acme.example

    Every command says more with -h.
    """


def main() -> NoReturn:
    """The console script."""
    # A command is a short process whose values stay until its end: the collector would walk all
    # of them again and again, once more when the process ends, and free none.
    gc.disable()
    atexit.register(gc.freeze)
    sys.stdout = written_whole(sys.stdout)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter is no reason to fail.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    program(prog_name="reconciler")
    raise AssertionError("the program exits by itself")


def exit_code_of(call: Callable[[], object]) -> int:
    """Run, say on stderr what went wrong, and return the exit code."""
    try:
        outcome = call()
        sys.stdout.flush()
    except NoRoom as error:
        write_into_nothing(sys.stdout)
        return _say_error(error)
    except ReconcilerError as error:
        return _say_error(error)
    except click.ClickException as error:
        _say_usage(error)
        return Exit.INVALID
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return Exit.INTERRUPTED
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else Exit.UNEXPECTED
    except (BrokenPipeError, ReaderGone):
        write_into_nothing(sys.stdout)
        return BROKEN_PIPE
    except OSError as error:
        if error.errno in _WRONG_PATH and error.filename is not None:
            return _say_error(InvalidInput(
                f"{error.filename} cannot be used: {(error.strerror or str(error)).lower()}",
                how="check the path"))
        # Help and version are written by click itself.
        if not is_no_room(error) or error.filename is not None:
            return _say_unexpected(error)
        write_into_nothing(sys.stdout)
        return _say_error(NoRoom("stdout", error))
    except Exception as error:  # noqa: BLE001 - the outermost boundary
        return _say_unexpected(error)
    return outcome if isinstance(outcome, int) else Exit.DONE


def _say_error(error: ReconcilerError) -> int:
    from reconciler.reports.escape import for_terminal
    from reconciler.reports.findings import finding_line
    from reconciler.reports.paint import Tone

    paint = paint_for(sys.stderr)
    for finding in error.findings:
        say(finding_line(finding, paint))
    how = f" ({for_terminal(error.how)})" if error.how else ""
    say(f"{paint('error:', Tone.ERROR)} {for_terminal(error.what)}{how}")
    return error.exit


def _say_usage(error: click.ClickException) -> None:
    try:
        error.show()
    except OSError:
        write_into_nothing(sys.stderr)
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return
    option = error.option_name
    in_front = isinstance(error.ctx.command, click.Group)
    if in_front and option in ("--store", "--organization", "--as", "--color"):
        say(f"{option} stands after the command: reconciler plan org.yaml {option} ...")


def _say_unexpected(error: Exception) -> int:
    if os.environ.get("RECONCILER_DEBUG", "") not in ("", "0"):
        import traceback

        traceback.print_exc()
        return Exit.UNEXPECTED
    from reconciler.reports.escape import for_terminal

    text = for_terminal(str(error))[:500]
    say(f"error: unexpected failure: {type(error).__name__}: {text} "
         "(set RECONCILER_DEBUG=1 to see where, and please report it)")
    return Exit.UNEXPECTED

