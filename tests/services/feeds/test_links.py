"""Who may have which link, and what a new one does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from services.feeds import links
from services.feeds.links import Scope
from services.feeds.serving import FeedDesk, NoSuchFeed, Wanted
from services.kit.errors import NotAllowed, NotFound, Refusal
from services.kit.house import Standing
from storage.secrets import SecretBox
from storage.tables import Feed
from tests.services.feeds.place import Place, secret_in
from tests.support.service_world import DAY


async def test_a_link_stays_the_same_until_there_is_a_new_one_and_then_stops(place: Place) -> None:
    desk = place.desk
    first = await place.link(desk.bob)
    assert (await place.link(desk.bob)).url == first.url
    await place.get(first)
    desk.pass_time(DAY)
    second = await links.new_link(place.house, desk.bob, Scope())
    assert second.url != first.url
    with pytest.raises(NoSuchFeed):
        await place.get(first)
    await place.get(second)
    with pytest.raises(Refusal, match="a moment ago"):
        await links.new_link(place.house, desk.bob, Scope())


async def test_everybody_has_their_own_link_and_a_schedule_has_one(place: Place) -> None:
    desk = place.desk
    assert (await place.link(desk.bob)).url != (await place.link(desk.carol)).url
    assert (await place.link(desk.bob, place.whole)).url == (await place.link(desk.carol, place.whole)).url
    assert (await place.link(desk.bob, place.role(0))).url != (await place.link(desk.bob, place.role(1))).url


async def test_a_schedules_links_are_for_those_on_it_and_its_admins_make_new_ones(place: Place) -> None:
    desk = place.desk
    outsider, root = desk.actor("UOTTO"), desk.actor("UROOT", is_workspace_admin=True)
    with pytest.raises(NotAllowed, match="Its admins can add you: <@UALICE>"):
        await place.link(outsider, place.whole)
    assert (await links.offered(place.house, outsider, desk.id)).why
    with pytest.raises(NotAllowed, match="for people of this workspace"):
        await place.link(replace(desk.bob, standing=Standing.GUEST), place.whole)
    assert not (await links.offered(place.house, desk.bob, desk.id)).why
    assert not (await place.link(desk.bob, place.whole)).may_renew
    with pytest.raises(NotAllowed, match="Only admins"):
        await links.new_link(place.house, desk.bob, place.whole)
    assert (await place.link(root, place.whole)).may_renew
    await links.new_link(place.house, desk.alice, place.whole)
    assert [summary for _, summary in await desk.audit()] == [
        "made the calendar link of *Payments*, every role",
        "made a new calendar link of *Payments*, every role",
    ]
    with pytest.raises(NotFound):
        await place.link(desk.alice, Scope(desk.id, 999))
    with pytest.raises(NotFound):
        await place.link(replace(desk.alice, workspace_id=999), place.whole)


async def test_without_an_address_there_are_no_links_and_it_says_what_is_missing(place: Place) -> None:
    for make in (links.link_to, links.new_link):
        with pytest.raises(Refusal, match="BATON_PUBLIC_URL"):
            await make(place.desk.house, place.desk.bob, Scope())
    async with place.house.database.read() as tx:
        assert await tx.session.get(Feed, 1) is None


async def test_a_link_whose_key_is_gone_goes_on_and_can_be_replaced(place: Place) -> None:
    desk = place.desk
    first = await place.link(desk.bob)
    other = replace(place.house, secrets=SecretBox([Fernet.generate_key().decode()]))
    lost = await links.link_to(other, desk.bob, Scope())
    assert lost.url == ""
    assert (await FeedDesk(other).answer(secret_in(first), Wanted())).body
    assert (await links.new_link(other, desk.bob, Scope())).url


async def test_the_database_keeps_no_secret_in_clear(place: Place) -> None:
    link = await place.link(place.desk.bob)
    async with place.house.database.read() as tx:
        row = await tx.session.get_one(Feed, 1)
    assert secret_in(link) not in repr([row.digest, row.secret, row.scope])
    assert secret_in(link) not in repr(link)
