"""Letters, through a real SMTP server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from notices.deciding.topics import Method
from notices.sending.email import EmailSender, Mailbox
from storage.notices import NoticeKind
from tests.support.notice_facts import FACTS
from tests.support.notice_house import NoticeHouse


@dataclass(slots=True)
class Server:
    """Keeps the letters it takes; ``refusals`` are its answers to the next recipients instead."""

    letters: list[EmailMessage] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 Message accepted"


@pytest.fixture
async def smtp() -> AsyncIterator[Server]:
    server = Server()
    listening = await asyncio.get_running_loop().create_server(
        lambda: SMTP(server, enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await listening.wait_closed()


def sender(port: int) -> EmailSender:
    return EmailSender(Mailbox.of(f"smtp://127.0.0.1:{port}", "Baton <baton@example.com>"), timeout=3)


async def write(house: NoticeHouse) -> None:
    schedule = await house.add_schedule("Zahlungen – ü")
    await house.want("UALICE", "reminder", "email")
    await house.tell(schedule, NoticeKind.REMINDER, "1", **FACTS[NoticeKind.REMINDER])
    await house.split(email=True)


async def test_a_letter_arrives_as_text_and_html(house: NoticeHouse, smtp: Server) -> None:
    await write(house)
    await house.courier(email=sender(smtp.port)).deliver(Method.EMAIL)
    (letter,) = smtp.letters
    assert (letter["To"], letter["From"]) == ("alice@example.com", "Baton <baton@example.com>")
    assert letter["Subject"] == "You will be on call soon: Primary of Zahlungen – ü"
    text, page = (part.get_content() for part in letter.iter_parts())
    assert "Tue 03 Mar 2026 10:00 Europe/Berlin" in text
    assert "<b>Zahlungen – ü</b>" in page
    assert [row.state for row in await house.items("email")] == ["sent"]


async def test_a_letter_that_is_sent_again_keeps_its_id(house: NoticeHouse, smtp: Server) -> None:
    await write(house)
    for _ in range(2):
        await house.courier(email=sender(smtp.port)).deliver(Method.EMAIL)
        async with house.database.transaction() as tx:
            (row,) = await house.items("email")
            await tx.outbox.settle(row.id, state="pending")
    first, second = smtp.letters
    assert first["Message-ID"] == second["Message-ID"]


async def test_an_address_that_does_not_exist_is_final(house: NoticeHouse, smtp: Server) -> None:
    smtp.refusals = ["550 No such user"]
    await write(house)
    await house.courier(email=sender(smtp.port)).deliver(Method.EMAIL)
    (row,) = await house.items("email")
    assert (row.state, "No such user" in row.error) == ("dead", True)


async def test_a_mailbox_that_is_full_for_now_is_tried_again(house: NoticeHouse, smtp: Server) -> None:
    smtp.refusals = ["452 Too much mail"]
    await write(house)
    courier = house.courier(email=sender(smtp.port))
    wake = await courier.deliver(Method.EMAIL)
    assert wake is not None
    house.clock.at = wake
    await courier.deliver(Method.EMAIL)
    assert len(smtp.letters) == 1


async def test_a_server_that_is_not_there_is_tried_again(house: NoticeHouse) -> None:
    await write(house)
    await house.courier(email=sender(1)).deliver(Method.EMAIL)
    assert [row.state for row in await house.items("email")] == ["pending"]


def test_a_mailbox_is_read_off_its_address() -> None:
    box = Mailbox.of("smtps://bat%40on:se%3Acret@mail.example.com", "baton@example.com")
    assert (box.host, box.port, box.user, box.password, box.tls) == ("mail.example.com", 465, "bat@on", "se:cret", True)
    assert "se:cret" not in repr(box)


@pytest.mark.parametrize(
    ("url", "address"), [("http://mail", "a@b.c"), ("smtp://", "a@b.c"), ("smtp://mail", "nobody")]
)
def test_a_mailbox_that_makes_no_sense_is_refused_with_words(url: str, address: str) -> None:
    with pytest.raises(ValueError, match="BATON_"):
        Mailbox.of(url, address)
