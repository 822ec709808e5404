"""Whether an HTTP request is Slack's, decided on its bytes before anything in it is read.

Source: "Verifying requests from Slack" in Slack's documentation: HMAC-SHA256 over ``v0:<timestamp>:<body>`` with the
signing secret, and a timestamp that is at most five minutes away from now.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

LONGEST_AWAY_SECONDS = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


class Refused(StrEnum):
    """Why a request is not taken."""

    UNSIGNED = "it carries no signature"
    LATE = "its time is more than five minutes away from ours"
    WRONG = "its signature does not fit the signing secret"


def refused(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Refused | None:
    """Why this request is not Slack's; None when it is. Never raises, whatever was sent."""
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not _TIMESTAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(signature):
        return Refused.UNSIGNED
    if abs(now.timestamp() - int(stamp)) > LONGEST_AWAY_SECONDS:
        return Refused.LATE
    expected = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return None if hmac.compare_digest(f"v0={expected}", signature) else Refused.WRONG
