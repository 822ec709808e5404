"""Sends letters by SMTP: text and HTML, with a Message-ID that stays the same when a letter is sent again.

``BATON_SMTP_URL`` is ``smtp://user:password@host:port`` (STARTTLS where the server offers it) or ``smtps://…`` (TLS
from the first byte). Without it and ``BATON_EMAIL_FROM`` e-mail is not offered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from notices.sending.senders import Failed, Notice, Outcome, Patience, Sent
from storage.unreachable import why

PATIENCE = Patience(
    pauses=tuple(timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600)),
    give_up=timedelta(hours=24),
    at_once=8,  # mail servers turn away whoever opens many connections
    in_all=8,  # and this one is everybody's
)
TIMEOUT = 20.0
PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where letters are handed in, and whom they come from."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False

    @classmethod
    def of(cls, url: str, sender: str) -> Mailbox:
        """Raises ValueError, with a sentence for the operator."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("BATON_SMTP_URL must look like smtp://user:password@host:587 or smtps://host:465")
        if "@" not in parseaddr(sender)[1]:
            raise ValueError("BATON_EMAIL_FROM must be an e-mail address")
        return cls(
            host=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            sender=sender,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "smtps",
        )


class EmailSender:
    """One SMTP conversation per letter."""

    def __init__(self, mailbox: Mailbox, patience: Patience = PATIENCE, timeout: float = TIMEOUT) -> None:
        self.patience = patience
        self._mailbox = mailbox
        self._timeout = timeout

    async def send(self, notice: Notice) -> Outcome:
        import aiosmtplib  # who offers no e-mail has no need of it

        box = self._mailbox
        try:
            await aiosmtplib.send(
                _letter(notice, box.sender),
                hostname=box.host,
                port=box.port,
                username=box.user,
                password=box.password,
                use_tls=box.tls,
                timeout=self._timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            return Failed("recipient", f"The mail server refuses the address: {refused.message}", _final(refused.code))
        except aiosmtplib.SMTPAuthenticationError:
            return Failed("login", "The mail server refuses BATON_SMTP_URL's user and password.", everywhere=True)
        except aiosmtplib.SMTPResponseException as error:
            return Failed(f"smtp_{error.code}", f"The mail server answers: {error.message}", _final(error.code))
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return Failed("unreachable", f"The mail server can't be reached: {why(error)}.", everywhere=True)
        return Sent(notice.payload["to"])


async def try_server(mailbox: Mailbox, seconds: float) -> str | None:
    """What is wrong with the mail server, as a sentence for the operator; None when it would take letters."""
    import aiosmtplib

    client = aiosmtplib.SMTP(hostname=mailbox.host, port=mailbox.port, use_tls=mailbox.tls, timeout=seconds)
    try:
        async with client:
            if mailbox.user is not None:
                await client.login(mailbox.user, mailbox.password or "")
    except aiosmtplib.SMTPAuthenticationError:
        return "The mail server refuses BATON_SMTP_URL's user and password."
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        return f"The mail server {mailbox.host}:{mailbox.port} can't be reached: {why(error)}."
    return None


def _final(code: int) -> bool:
    return 500 <= code < 600


def _letter(notice: Notice, sender: str) -> EmailMessage:
    payload = notice.payload
    domain = parseaddr(sender)[1].rpartition("@")[2]
    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender
    letter["To"] = payload["to"]
    letter["Subject"] = payload["subject"]
    letter["Date"] = format_datetime(notice.created_at)
    letter["Message-ID"] = f"<baton-{notice.id}-{int(notice.created_at.timestamp())}@{domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(payload["text"])
    letter.add_alternative(payload["html"], subtype="html")
    return letter
