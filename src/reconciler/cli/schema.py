"""`reconciler schema`: the JSON Schemas of what is published."""

from __future__ import annotations

import click

from reconciler.cli.output import result


@click.command()
@click.argument("which", metavar="org|policy|plan", type=click.Choice(["org", "policy", "plan"]))
def schema(which: str) -> None:
    """Print the JSON Schema of the YAML (org), of policy.yaml (policy) or of a saved plan (plan).

    Editors complete and check the YAML with it: keep it beside the file and begin the file with
    `# yaml-language-server: $schema=org.schema.json`.

    \b
    Example:
      reconciler schema org > org.schema.json
    """
    from reconciler.desired.schema import org_schema, policy_schema, schema_text
    from reconciler.planning.document import plan_schema

    made = {"org": org_schema, "policy": policy_schema, "plan": plan_schema}[which]()
    result(schema_text(made).rstrip("\n"))
