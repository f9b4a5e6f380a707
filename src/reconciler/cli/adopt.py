"""`reconciler adopt`: write what somebody changed in the live organization into the YAML."""

from __future__ import annotations

import click

from reconciler.cli.edit.editing import edit_files
from reconciler.cli.kinds import expect_desired
from reconciler.cli.options import color_option, organization_option, store_option
from reconciler.cli.output import say
from reconciler.cli.patience import working
from reconciler.cli.places import folder_of, placing
from reconciler.cli.session import declared_organization, now, open_to_read, the_organization
from reconciler.cli.terms import policy_option
from reconciler.drift.report import DriftItem, DriftReport, Way
from reconciler.model.errors import InvalidInput
from reconciler.model.nearest import did_you_mean
from reconciler.model.selectors import InvalidSelector, Selector, parse_selector
from reconciler.reports.escape import for_terminal


def _selector(value: str) -> Selector:
    try:
        return parse_selector(value)
    except InvalidSelector as wrong:
        raise click.BadParameter(f"{value!r} names nothing: {wrong}; `reconciler drift` prints "
                                 "the names.") from None


@click.command()
@click.argument("path", metavar="PATH")
@click.option("--only", "only", metavar="SELECTOR", multiple=True, type=_selector,
              help="Adopt only this: an email, EMAIL/project/ID, EMAIL/group/NAME, EMAIL/role, "
                   "group:NAME, setting:NAME, as `reconciler drift` names it; may be repeated.")
@policy_option
@store_option
@organization_option
@color_option
def adopt(
    path: str, *, only: tuple[Selector, ...], policy_file: str | None, store_url: str,
    organization: str | None,
) -> None:
    """Write drift into the YAML at PATH, so that it can be reviewed and kept.

    What was changed by hand is declared as it is now; comments, order and all other bytes stay.
    The live organization is not touched. What only the files changed, and what they do not manage,
    is left alone.

    \b
    Examples:
      reconciler adopt org.yaml
      reconciler adopt org.yaml --only sam@acme.example/project/web --only group:analysts
    """
    from reconciler.desired.edits.adopting import adopt as adopt_into
    from reconciler.desired.load import load
    from reconciler.desired.policy import load_with_policy
    from reconciler.drift.classify import find_drift
    from reconciler.model.email import Email
    from reconciler.planning.policy import Terms

    expect_desired(path)
    with working("looking for drift"):
        with placing(folder_of(path)):
            state, policy = load_with_policy(load, path, policy_file)
        declared = declared_organization(path, state.organization, organization)
        store = open_to_read(store_url)
        with store.reader(the_organization(store, declared)) as reader:
            report = find_drift(state, reader, now=now(), terms=Terms(declared=policy))
            items = _chosen(report, only)
            people = [Email(i.subject) for i in items if ":" not in i.subject]
            members, frame = reader.members(people), reader.frame()
    if not items:
        say("There is no drift to adopt.")
        return
    moved = {m.element: m for item in items for m in item.moved}
    edit_files(path, lambda files: adopt_into(
        files, moved.values(), members=members, frame=frame))
    say(for_terminal(f"Next, review it, and see that nothing is left: reconciler plan {path}"))


def _chosen(report: DriftReport, only: tuple[Selector, ...]) -> list[DriftItem]:
    """The items to adopt. Raises InvalidInput for a selector that means none of them."""
    adoptable = [i for i in report.items if Way.ADOPT in i.ways and i.ignored is None]
    if not only:
        return adoptable
    for selector in only:
        if any(_means(selector, item) for item in adoptable):
            continue
        other = next((i for i in report.items if _means(selector, i)), None)
        if other is not None:
            why = "ignored" if other.ignored is not None else str(other.kind)
            raise InvalidInput(f"{selector} is {why}, and nothing of it is to be adopted",
                               how="see reconciler drift")
        close = did_you_mean(str(selector), [i.selector for i in adoptable])
        raise InvalidInput(f"{selector} is no drift", how=close or "see reconciler drift")
    return [i for i in adoptable if any(_means(s, i) for s in only)]


def _means(selector: Selector, item: DriftItem) -> bool:
    return item.selector == str(selector) or any(
        selector.matches(m.element) for m in item.moved)
