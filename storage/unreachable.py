"""Why something on the network can't be reached, in words for whoever set its address."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator


def why(error: BaseException) -> str:
    """Half a sentence, such as "nothing answers there". What an error is called is for the log, and nobody else."""
    causes = list(_causes(error))
    for kind, words in WORDS:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    told = next((cause.strerror for cause in causes if isinstance(cause, OSError) and cause.errno), None)
    return told or "the connection fails"


WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "there is no machine of that name, or names can't be looked up here"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted here"),
    (ssl.SSLError, "it does not speak TLS as it should"),
    (ConnectionRefusedError, "nothing answers there"),
    (ConnectionError, "it hangs up"),
    (TimeoutError, "it does not answer in time"),
)
"""The first that fits, from the particular to the general."""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
