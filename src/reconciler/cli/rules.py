"""`reconciler rules`: the rules, as the code checks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import color_option, format_option
from reconciler.cli.output import columns, paint, result, result_json
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean
from reconciler.reports.paint import Tone

if TYPE_CHECKING:
    from reconciler.rules.case import Rule


@click.command()
@click.argument("rule", metavar="[ID]", required=False)
@format_option
@color_option
def rules(rule: str | None, format_: str) -> None:
    """List the rules, or explain one by its id or name.

    \b
    Examples:
      reconciler rules
      reconciler rules R21
      reconciler rules last-admin --format json
    """
    from reconciler.rules.catalogue import RULES

    if rule is not None:
        chosen = _find(rule, RULES)
        if format_ == "json":
            result_json(_json(chosen))
        else:
            result(_explained(chosen))
        return
    if format_ == "json":
        result_json([_json(each) for each in RULES])
        return
    coloured = paint()
    result(columns([(coloured(r.id, Tone.HEADING), r.name, r.says) for r in RULES]))


def _find(text: str, known: tuple[Rule, ...]) -> Rule:
    for rule in known:
        if text.upper() == rule.id or text.lower() == rule.name:
            return rule
    names = [name for rule in known for name in (rule.id, rule.name)]
    raise InvalidInput(f"there is no rule {text}",
                       how=did_you_mean(text, names) or "list them: reconciler rules")


def _explained(rule: Rule) -> str:
    coloured = paint()
    judged = [o.kind for o in rule.applies_to]
    return "\n".join((
        coloured(f"{rule.id} {rule.name}", Tone.HEADING),
        f"  {rule.says}",
        f"  chapter    {rule.topic}",
        f"  judges     {', '.join(judged) or 'what is applied'}",
        f"  in code    {rule.check.__module__}.{rule.check.__name__}",
    ))


def _json(rule: Rule) -> dict[str, Any]:
    return {"id": rule.id, "name": rule.name, "topic": str(rule.topic), "says": rule.says,
            "applies_to": [o.kind for o in rule.applies_to]}
