"""The one layout: what is sorted, what travels, what stays."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from reconciler.desired.edits.formatting import format_files
from reconciler.desired.edits.layout import laid_out
from reconciler.desired.edits.pieces import SECTION_ORDER
from tests.edits.files import edited


def formatted(text: str) -> str:
    once = laid_out(dedent(text), SECTION_ORDER)
    assert laid_out(once, SECTION_ORDER) == once
    return once


def test_sections_stand_in_the_order_of_the_format_one_blank_line_apart() -> None:
    assert formatted("""\
        # yaml-language-server: $schema=org.schema.json

        members:
          ada@acme.example: {role: admin}
        # what there is
        projects: {web: {}}
        tier: enterprise


        organization: acme
        apiVersion: reconciler/v1
        settings:
            sso: false
        # bye
        """) == dedent("""\
        # yaml-language-server: $schema=org.schema.json

        apiVersion: reconciler/v1
        organization: acme
        tier: enterprise

        settings:
          sso: false

        # what there is
        projects: {web: {}}

        members:
          ada@acme.example: {role: admin}

        # bye
        """)


def test_entries_are_sorted_and_their_comments_travel_with_them() -> None:
    assert formatted("""\
        members:
            # Sam is new.
            sam@acme.example: # S.
                role: user
                # more later
            "Bob@acme.example": {role:   user}  # B.
            ada@acme.example:
              role: admin
              groups:
              - b   # first
              # then
              - a
        """) == dedent("""\
        members:
          ada@acme.example:
            role: admin
            groups:
              - b   # first
              # then
              - a
          "Bob@acme.example": {role:   user}  # B.
          # Sam is new.
          sam@acme.example: # S.
            role: user
            # more later
        """)


def test_people_stay_below_the_heading_of_their_group() -> None:
    assert formatted("""\
        members:
          # Founders
          zoe@acme.example: {role: admin}
          # Ada codes.
          ada@acme.example: {role: admin}

          # Contractors
          kim@contractor.example:
          bob@contractor.example:
        """) == dedent("""\
        members:
          # Founders

          # Ada codes.
          ada@acme.example: {role: admin}
          zoe@acme.example: {role: admin}

          # Contractors
          bob@contractor.example:
          kim@contractor.example:
        """)


def test_a_comment_with_a_blank_line_below_is_a_heading() -> None:
    assert formatted("""\
        groups:
          # By hand

          writers: {}
          readers: {}


          # From the directory

          all: {}
        """) == dedent("""\
        groups:
          # By hand

          readers: {}
          writers: {}

          # From the directory

          all: {}
        """)


def test_entries_that_blank_lines_keep_apart_stay_apart() -> None:
    assert formatted("members:\n  c@x.example:\n\n\n  b@x.example:\n\n  a@x.example:\n") == (
        "members:\n  a@x.example:\n\n  b@x.example:\n\n  c@x.example:\n")


def test_texts_over_several_lines_move_as_a_whole() -> None:
    assert formatted("""\
        groups:
            a:
                description: |
                    one
                      two

                    three
                projects: {web: viewer,
                           ios: member}
                team_spaces:
                    -   x
        """) == dedent("""\
        groups:
          a:
            description: |
                one
                  two

                three
            projects: {web: viewer,
                       ios: member}
            team_spaces:
              - x
        """)


def test_lists_of_entries_keep_their_order() -> None:
    assert formatted("""\
        email_changes:
        - from: b@x.example   # b
          to: b@y.example
        # second
        -
            from: a@x.example
            to: a@y.example
        - {from: c@x.example, to: c@y.example}
        """) == dedent("""\
        email_changes:
          - from: b@x.example   # b
            to: b@y.example
          # second
          - from: a@x.example
            to: a@y.example
          - {from: c@x.example, to: c@y.example}
        """)


def test_what_is_written_in_braces_stays_as_it_is() -> None:
    whole = "{apiVersion: reconciler/v1, members: {b@x.example: {}, a@x.example: {}}}\n"
    assert formatted(whole) == whole
    part = "members: {b@x.example: {},\n  a@x.example: {}}\n"
    assert formatted(part) == part


def test_aliases_keep_the_order_for_they_follow_their_anchors() -> None:
    text = "members:\n    b@x.example: &b {role: user}\n    a@x.example: *b\n"
    assert formatted(text) == text.replace("    ", "  ")


def test_the_policy_has_an_order_of_its_own(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("kind: Policy\nmin_admins: 1\napiVersion: reconciler/v1\n# why\n"
                      "protected_members:\n- ada@acme.example\n")
    edited(tmp_path, "members:\n  ada@acme.example: {role: admin}\n", format_files)
    assert policy.read_text() == dedent("""\
        apiVersion: reconciler/v1
        kind: Policy

        # why
        protected_members:
          - ada@acme.example

        min_admins: 1
        """)
