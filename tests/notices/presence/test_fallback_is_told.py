"""Where nobody is on call any more, the channel and webhooks hear who stands in."""

from __future__ import annotations

from notices.deciding.topics import Method
from storage.notices import NoticeKind
from tests.notices.presence.conftest import Office


async def test_a_switch_to_nobody_names_the_fallback_person_and_one_to_somebody_does_not(office: Office) -> None:
    house = office.house
    schedule = await office.schedule_for("alice", "", "bob")
    await house.add_webhook("https://a.test", created_by=office.ids["root"])
    await office.show(schedule, fallback="carol")
    await office.pass_()
    await office.pass_(hours=8)
    await office.pass_(hours=8)
    fallbacks = [facts["roles"][0]["fallback"] for facts in await house.facts(NoticeKind.ON_CALL_SWITCH)]
    assert fallbacks == [None, office.ids["carol"], None]
    bodies = [item.payload["body"]["transitions"] for item in await house.items(Method.WEBHOOK)]
    told = [body["Engineering"]["Payments"][0].get("fallback_user") for body in bodies]
    assert told == [None, {"username": "carol", "first_name": "Carol", "last_name": "Diaz"}, None]
