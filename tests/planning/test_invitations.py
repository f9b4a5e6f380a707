"""Invitations under a policy: when they are sent again, and what waits for a day."""

from __future__ import annotations

from pathlib import Path

from tests.planning.house import House, email, keys

BODY = """
    members:
      ada@acme.example: {role: admin}
      kim@acme.example: {}
"""


def waiting(house: House) -> list[tuple[str, str]]:
    return [(w.key.replace("@acme.example", ""), w.waits_for) for w in house.plan().waiting]


def test_one_that_expires_before_it_may_be_sent_again_waits_for_the_day(tmp_path: Path) -> None:
    house = House(tmp_path).is_live(BODY).policy(
        "invitations: {expire_after_days: 10, resend_after_days: 20, max_sends: 2}\n")
    house.apply()  # ten days are looser than the thirty that are built in: from the next run on
    assert waiting(house.later(9)) == []
    plan = house.later(3).plan()
    assert (keys(plan), plan.applyable) == ([], True)
    assert waiting(house) == [("resend-invitation:kim", "2026-03-21")]
    assert waiting(house.later(7)) == [("resend-invitation:kim", "2026-03-21")]
    assert keys(house.later(1).plan()) == ["resend-invitation:kim"]
    house.apply()
    member = house.member("kim")
    assert member is not None
    assert member.invitations_sent == 2
    assert waiting(house.later(40)) == [("resend-invitation:kim", email("kim"))]
    assert house.plan().empty
