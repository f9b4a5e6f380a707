"""`reconciler schema`: the JSON Schemas of what is published."""

from __future__ import annotations

import click

from reconciler.cli.output import result


@click.command()
@click.argument("which", metavar="org|policy|plan|report",
                type=click.Choice(["org", "policy", "plan", "report"]))
def schema(which: str) -> None:
    """Print the JSON Schema of the YAML (org), of policy.yaml (policy), of a saved plan (plan) or
    of a report as JSON (report).

    Editors complete and check the YAML with it: keep it beside the file and begin the file with
    `# yaml-language-server: $schema=org.schema.json`.

    \b
    Example:
      reconciler schema org > org.schema.json
    """
    from reconciler.desired.schema import org_schema, policy_schema, schema_text
    from reconciler.planning.document import plan_schema
    from reconciler.reports.schema import report_schema

    made = {"org": org_schema, "policy": policy_schema, "plan": plan_schema,
            "report": report_schema}[which]()
    result(schema_text(made).rstrip("\n"))
