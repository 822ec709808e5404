"""Webhooks: the signature, wrong receivers, and addresses that are nobody's business."""

import socket
import ssl
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
import time_machine
from standardwebhooks.webhooks import Webhook as Verifier

from notices.deciding.topics import Method
from notices.deciding.webhook_items import hook_item
from notices.sending.webhook import PATIENCE, WebhookSender
from sandbox.pagerduty.tls import loopback_certificate
from storage.notices import NoticeKind
from storage.public_addresses import is_public
from tests.support.notice_house import SECRET, NoticeHouse
from tests.support.webhook_receiver import Answer, Receiver, receiving, slow, status

QUICK = timedelta(seconds=1)


def sender(house: NoticeHouse, *, allow_private: bool = True, timeout: timedelta = QUICK) -> WebhookSender:
    return WebhookSender(house.database, house.secrets, house.clock, allow_private=allow_private, timeout=timeout)


async def put(house: NoticeHouse, url: str, shown: dict[str, Any] | None = None, **values: Any) -> int:
    hook_id = await house.add_webhook(url, **values)
    async with house.database.transaction() as tx:
        hook = await tx.webhooks.get(hook_id)
        assert hook is not None
        await tx.outbox.put([hook_item(hook, "test:1", shown or {"event_type": "test"}, house.clock.now())])
    return hook_id


async def outcome(house: NoticeHouse) -> tuple[str, str]:
    (row,) = await house.items(Method.WEBHOOK)
    return row.state, row.error


def checked(receiver: Receiver, secret: str, at: datetime) -> Any:
    with time_machine.travel(at, tick=False):
        return Verifier(secret).verify(receiver.bodies[0], receiver.headers[0])


async def test_the_signature_is_good_on_the_receivers_side(house: NoticeHouse) -> None:
    async with receiving() as receiver:
        await put(house, receiver.url, {"event_type": "test", "name": "Zwölf 🚒"})
        await house.courier(webhook=sender(house)).deliver(Method.WEBHOOK)
    assert checked(receiver, SECRET, house.clock.now()) == {"event_type": "test", "name": "Zwölf 🚒"}
    assert await outcome(house) == ("sent", "")


async def test_while_a_secret_is_rotated_both_are_good(house: NoticeHouse) -> None:
    former = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    until = house.clock.now() + timedelta(hours=24)
    async with receiving() as receiver:
        hook = await put(house, receiver.url, former_secret=house.secrets.seal(former), former_until=until)
        await house.courier(webhook=sender(house)).deliver(Method.WEBHOOK)
        assert checked(receiver, SECRET, house.clock.now()) == checked(receiver, former, house.clock.now())
        house.clock.pass_(hours=25)
        async with house.database.transaction() as tx:
            row = await tx.webhooks.get(hook)
            assert row is not None
            await tx.outbox.put([hook_item(row, "test:2", {}, house.clock.now())])
        await house.courier(webhook=sender(house)).deliver(Method.WEBHOOK)
    assert len(receiver.headers[1]["webhook-signature"].split()) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (slow, "There was no answer within 1 seconds."),
        (status(500), "The receiver answered 500."),
        (status(301, Location="http://127.0.0.1:1/other"), "The receiver answered 301."),
        (status(404), "The receiver answered 404."),
    ],
)
async def test_anything_but_2xx_in_time_is_a_failure_and_tried_again(
    house: NoticeHouse, answer: Answer, error: str
) -> None:
    async with receiving(answer) as receiver:
        hook = await put(house, receiver.url)
        courier = house.courier(webhook=sender(house))
        await courier.deliver(Method.WEBHOOK)
        assert await outcome(house) == ("pending", error)
        receiver.answer = None
        house.clock.pass_(seconds=5)
        await courier.deliver(Method.WEBHOOK)
    assert await outcome(house) == ("sent", "")
    assert receiver.headers[0]["webhook-id"] == receiver.headers[1]["webhook-id"]
    async with house.database.read() as tx:
        shown = [(d.status, d.error) for d in await tx.webhooks.deliveries(hook)]
    assert shown[0] == (204, "")
    assert shown[1][1] == error


@pytest.mark.slow
async def test_a_receiver_has_five_seconds(house: NoticeHouse) -> None:
    async with receiving(slow) as receiver:
        hook = await put(house, receiver.url)
        unhurried = WebhookSender(house.database, house.secrets, house.clock, allow_private=True)
        await house.courier(webhook=unhurried).deliver(Method.WEBHOOK)
    assert await outcome(house) == ("pending", "There was no answer within 5 seconds.")
    async with house.database.read() as tx:
        (delivery,) = await tx.webhooks.deliveries(hook)
    assert 5_000 <= delivery.took_ms < 6_000


async def test_a_closed_port_is_tried_again(house: NoticeHouse) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    await put(house, f"http://127.0.0.1:{port}/")
    await house.courier(webhook=sender(house)).deliver(Method.WEBHOOK)
    state, error = await outcome(house)
    assert (state, error.startswith("The connection failed")) == ("pending", True)


async def test_a_certificate_that_nobody_vouches_for_is_refused(house: NoticeHouse) -> None:
    with loopback_certificate("127.0.0.1") as path:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
    async with receiving(ssl=context) as receiver:
        await put(house, receiver.url)
        await house.courier(webhook=sender(house)).deliver(Method.WEBHOOK)
        state, error = await outcome(house)
        assert (state, "certificate" in error.lower()) == ("pending", True)
        assert receiver.bodies == []


async def test_an_answer_of_ten_megabytes_is_left_unread(house: NoticeHouse) -> None:
    async with receiving() as receiver:
        receiver.answer = receiver.huge
        await put(house, receiver.url)
        await house.courier(webhook=sender(house)).deliver(Method.WEBHOOK)
    assert await outcome(house) == ("sent", "")
    assert receiver.sent_bytes < 9_000_000


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.8", "0x7f000001"])
async def test_an_address_inside_is_never_called(house: NoticeHouse, host: str) -> None:
    async with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        await put(house, f"http://{host}:{port}/hook")
        await house.courier(webhook=sender(house, allow_private=False)).deliver(Method.WEBHOOK)
        assert receiver.bodies == []
    state, error = await outcome(house)
    assert (state, "private or special address" in error) == ("dead", True)
    (complaint,) = await house.items("slack", kind=NoticeKind.UNDELIVERED)
    assert complaint.target == "UALICE"
    assert "Access" in complaint.payload["text"]


async def test_a_name_is_resolved_once_and_that_address_is_called(
    house: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def lookup(host: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "hooks.example.com" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    async with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        await put(house, f"http://hooks.example.com:{port}/hook?a=1")
        await house.courier(webhook=sender(house)).deliver(Method.WEBHOOK)
        assert receiver.headers[0]["Host"] == f"hooks.example.com:{port}"
    assert asked.count("hooks.example.com") == 1
    assert await outcome(house) == ("sent", "")


async def test_a_name_that_is_inside_is_refused_though_it_looks_public(
    house: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: real("127.0.0.1", *a, **k))
    await put(house, "https://hooks.example.com/hook")
    await house.courier(webhook=sender(house, allow_private=False)).deliver(Method.WEBHOOK)
    assert (await outcome(house))[0] == "dead"


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_a_special_address_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "network",
    [
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4"),
        *("224.0.0.0/4", "255.255.255.255/32", "192.0.0.0/24", "192.0.0.8/32", "192.0.0.170/31"),
        *("::/128", "::1/128", "::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/32", "2001:2::/48"),
        *("2001:10::/28", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
        *("::ffff:10.0.0.0/104", "::ffff:127.0.0.0/104", "::ffff:100.64.0.0/106", "64:ff9b::a00:0/104"),
        *("64:ff9b::c0a8:0/112", "2002:a00::/24", "2002:7f00::/24", "2002:c0a8::/32", "2002:6440::/26"),
    ],
)
def test_no_address_of_a_range_that_iana_keeps_for_something_special_is_public(network: str) -> None:
    """https://www.iana.org/assignments/iana-ipv4-special-registry and its sister of IPv6, whatever Python knows."""
    whole = ip_network(network)
    assert not any(is_public(one) for one in (whole[0], whole[whole.num_addresses // 2], whole[-1]))


@pytest.mark.parametrize("address", ["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "198.17.255.255"])
def test_the_neighbours_of_special_ranges_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_ordinary_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


async def test_after_48_hours_of_growing_pauses_it_is_given_up(house: NoticeHouse) -> None:
    await put(house, "http://127.0.0.1:1/")
    courier = house.courier(webhook=sender(house))
    pauses = []
    wake = await courier.deliver(Method.WEBHOOK)
    while wake is not None:
        pauses.append(wake - house.clock.now())
        house.clock.at = wake
        wake = await courier.deliver(Method.WEBHOOK)
    assert pauses == sorted(pauses)
    assert timedelta(hours=36) < house.clock.now() - house.hours(0) <= PATIENCE.give_up
    assert (await outcome(house))[0] == "dead"


async def test_the_last_20_deliveries_are_kept(house: NoticeHouse) -> None:
    async with receiving() as receiver:
        hook_id = await put(house, receiver.url)
        async with house.database.transaction() as tx:
            hook = await tx.webhooks.get(hook_id)
            assert hook is not None
            await tx.outbox.put([hook_item(hook, f"more:{n}", {}, house.clock.now()) for n in range(24)])
        await house.courier(webhook=sender(house)).deliver(Method.WEBHOOK)
        assert len(receiver.bodies) == 25
    async with house.database.read() as tx:
        kept = await tx.webhooks.deliveries(hook_id)
    assert [d.status for d in kept] == [204] * 20
    assert kept[0].id > kept[-1].id


async def test_a_removed_webhook_gets_nothing_more(house: NoticeHouse) -> None:
    async with receiving() as receiver:
        await put(house, receiver.url, removed_at=None)
        async with house.database.transaction() as tx:
            (row,) = await tx.webhooks.of_workspaces([house.workspace])
            hook = await tx.webhooks.get(row.id)
            assert hook is not None
            hook.removed_at = house.clock.now()
        await house.courier(webhook=sender(house)).deliver(Method.WEBHOOK)
        assert receiver.bodies == []
