"""WebDAV's answers about several resources at once (RFC 4918, 6578, 4791), read strictly.

An answer that ends early or is something else raises Unavailable: it must never look like an empty calendar. What
declares entities is refused, since it could grow without bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from sync.ports import Unavailable

DAV, CAL, CS = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"
UNREADABLE = "The calendar server sent something that can't be read; it is tried again by itself."


@dataclass(frozen=True, slots=True)
class Found:
    """What is said of one resource: ``status`` is that of the resource itself, 200 where only its properties have
    one. ``props`` are those that were found, by name with their namespace."""

    href: str
    status: int
    props: dict[str, Element]

    def text(self, name: str) -> str | None:
        """The text of a property; None where the resource has no such."""
        prop = self.props.get(name)
        return None if prop is None else (prop.text or "").strip()

    def href_in(self, name: str) -> str | None:
        """The first address that a property names."""
        return next(iter(self.hrefs_in(name)), None)

    def hrefs_in(self, name: str) -> list[str]:
        """The addresses that a property names."""
        prop = self.props.get(name)
        return (
            [] if prop is None else [text for one in prop.findall(f"{DAV}href") if (text := (one.text or "").strip())]
        )


@dataclass(frozen=True, slots=True)
class Multistatus:
    found: tuple[Found, ...]
    sync_token: str


def parse(body: bytes) -> Element:
    """The root of a document. Raises Unavailable for what is none, and for one that declares entities."""
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = lambda name, attributes: builder.start(_named(name), attributes)
    parser.EndElementHandler = lambda name: builder.end(_named(name))
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(body, True)
        return builder.close()
    except (expat.ExpatError, AssertionError) as error:
        raise Unavailable(UNREADABLE) from error


def read(body: bytes) -> Multistatus:
    """A multistatus. Raises Unavailable for anything else."""
    root = parse(body)
    if root.tag != f"{DAV}multistatus":
        raise Unavailable(UNREADABLE)
    token = root.find(f"{DAV}sync-token")
    found = tuple(_found(one) for one in root.findall(f"{DAV}response"))
    return Multistatus(found, (token.text or "").strip() if token is not None else "")


def _found(response: Element) -> Found:
    href = response.find(f"{DAV}href")
    if href is None or not (href.text or "").strip():
        raise Unavailable(UNREADABLE)
    own = response.find(f"{DAV}status")
    status = 200 if own is None else _status(own)
    return Found((href.text or "").strip(), status, dict(_props(response)))


def _props(response: Element) -> Iterator[tuple[str, Element]]:
    for part in response.findall(f"{DAV}propstat"):
        status, props = part.find(f"{DAV}status"), part.find(f"{DAV}prop")
        if status is not None and props is not None and _status(status) == 200:
            yield from ((prop.tag, prop) for prop in props)


def _status(line: Element) -> int:
    """The number in "HTTP/1.1 200 OK"."""
    words = (line.text or "").split()
    if len(words) < 2 or not words[1].isdecimal():
        raise Unavailable(UNREADABLE)
    return int(words[1])


def _named(name: str) -> str:
    return "{" + name if "}" in name else name


def _refuse(*_: object) -> None:
    raise Unavailable(UNREADABLE)
