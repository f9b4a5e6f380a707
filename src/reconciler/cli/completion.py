"""`reconciler completion`: the completion script of a shell."""

from __future__ import annotations

import click

from reconciler.cli.output import result


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets your shell complete commands and options.

    \b
    Examples:
      eval "$(reconciler completion bash)"
      reconciler completion fish > ~/.config/fish/completions/reconciler.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None, "click knows these shells"
    program = ctx.find_root().command
    result(found(program, {}, "reconciler", "_RECONCILER_COMPLETE").source().rstrip("\n"))
