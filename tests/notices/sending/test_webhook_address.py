"""Where webhooks really go: to the address that was looked at, under the name that was typed."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notices.deciding.topics import Method
from notices.deciding.webhook_items import hook_item
from notices.sending.webhook import WebhookSender
from tests.support.notice_house import NoticeHouse
from tests.support.webhook_receiver import receiving

NAME = "hooks.example.com"
Lookups = list[str]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key and a certificate for the name, which this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = tmp_path / "hooks.pem"
    path.write_bytes(
        key.private_bytes(encoding, form, serialization.NoEncryption()) + made.public_bytes(serialization.Encoding.PEM)
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> Lookups:
    """The name is at this machine the first time it is asked for, and nowhere from then on."""
    asked, real = Lookups(), socket.getaddrinfo

    def lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host != NAME:
            return real(host, *args, **kwargs)
        asked.append(host)
        if len(asked) > 1:
            raise socket.gaierror(socket.EAI_NONAME, "it has changed its mind")
        return real("127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


async def deliver(house: NoticeHouse, url: str, *, allow_private: bool = True) -> tuple[str, str]:
    hook_id = await house.add_webhook(url)
    async with house.database.transaction() as tx:
        hook = await tx.webhooks.get(hook_id)
        assert hook is not None
        await tx.outbox.put([hook_item(hook, "test:1", {"event_type": "test"}, house.clock.now())])
    sender = WebhookSender(
        house.database, house.secrets, house.clock, allow_private=allow_private, timeout=timedelta(seconds=3)
    )
    await house.courier(webhook=sender).deliver(Method.WEBHOOK)
    (row,) = await house.items(Method.WEBHOOK)
    return row.state, row.error


async def test_tls_is_spoken_with_the_name_and_its_certificate_checked(
    house: NoticeHouse, certificate: Path, lookups: Lookups
) -> None:
    asked_for: list[str | None] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    async with receiving(ssl=context) as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        assert await deliver(house, f"https://{NAME}:{port}/hook") == ("sent", "")
        assert receiver.headers[0]["Host"] == f"{NAME}:{port}"
    assert asked_for == [NAME]
    assert lookups == [NAME]


async def test_a_certificate_for_another_name_is_refused(house: NoticeHouse, certificate: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with receiving(ssl=context) as receiver:
        state, error = await deliver(house, receiver.url)
        assert receiver.bodies == []
    assert (state, "certificate" in error.lower()) == ("pending", True)


async def test_of_several_addresses_one_inside_is_enough_to_refuse_all(
    house: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [(2, 1, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.8")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: entries)
    state, error = await deliver(house, f"https://{NAME}/hook", allow_private=False)
    assert (state, error) == ("dead", f"{NAME} is at 10.0.0.8, which is a private or special address.")


async def test_a_name_that_is_nowhere_just_now_is_tried_again(
    house: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_args: Any, **_kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "no name server")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    assert await deliver(house, f"https://{NAME}/hook") == ("pending", f"The name {NAME} can't be resolved.")
