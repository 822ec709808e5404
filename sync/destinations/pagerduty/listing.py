"""Read lists of an account page by page, and what lies beyond the last page that PagerDuty gives.

PagerDuty refuses every page of a list that ends beyond its ten thousandth item. What is beyond has to be asked for by
name (``query``, which finds parts of names, whatever their case):

* who knows the names asks by what a hundred of them at a time begin with (:meth:`Listing.these`);
* who knows none asks by letters: what has an “a” in its name, and so on, then by two letters where that is more than
  PagerDuty gives, and so on (:meth:`Listing.everything`). PagerDuty says first how many there are; so nothing is read
  that is known already, and it ends as soon as all that there are were found.

What was read stays read, whatever is refused afterwards.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from itertools import groupby, takewhile

import structlog

from sync.destinations.pagerduty.client import PagerDutyClient
from sync.destinations.pagerduty.reading import Json, an_object, objects, reading
from sync.ports import Refused

log = structlog.get_logger()

PAGE = 100
FARTHEST = 10_000
"""Offset and limit together may not be more: PagerDuty's documentation of pagination."""
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
LONGEST = 3
MOST_QUESTIONS = 500
"""How often it is asked how many there are of something, should a list take no notice of names."""

Params = Mapping[str, str | list[str]]


class Listing:
    """One list of an account, such as ``schedules`` at ``/schedules``; each item of it is given once."""

    def __init__(self, client: PagerDutyClient, path: str, name: str, params: Params | None = None) -> None:
        self._client = client
        self._path = path
        self._name = name
        self._params = dict(params or {})
        self._names: dict[str, str] = {}
        self._farthest = FARTHEST
        self._is_cut = False

    async def everything(self) -> AsyncIterator[Json]:
        """All that the list holds. Raises the errors of :mod:`sync.ports`."""
        async for one in self._new():
            yield one
        if self._is_cut:
            try:
                async for one in self._by_letters():
                    yield one
            except Refused as refused:
                log.warning("not all that pagerduty has was listed", path=self._path, said=str(refused))

    async def these(self, wanted: Mapping[str, str]) -> AsyncIterator[Json]:
        """All that the first ten thousand hold, and so far as that is worth it those of ``wanted`` (name by id) that
        are beyond. Raises the errors of :mod:`sync.ports`."""
        async for one in self._new():
            yield one
        if self._is_cut:
            left = {name.casefold() for item, name in wanted.items() if item not in self._names}
            for text, names in beginnings(left):
                async for one in self._new(text, pages=max(1, len(names) // 2)):  # more cost as much as each by itself
                    yield one

    async def _new(self, text: str = "", pages: int = FARTHEST) -> AsyncIterator[Json]:
        """What has ``text`` in its name and was not given before, up to the last page that PagerDuty gives."""
        offset, more, self._is_cut = 0, pages > 0, False
        while more:
            page, more = await self._page(text, offset)
            for one in page:
                with reading():
                    item = str(one["id"])
                    is_new = item not in self._names
                    self._names[item] = str(one.get("name") or one.get("summary") or "").casefold()
                if is_new:
                    yield one
            offset, pages = offset + len(page), pages - 1
            self._is_cut = self._is_cut or (more and offset + PAGE > self._farthest)
            more = more and not self._is_cut and pages > 0

    async def _page(self, text: str, offset: int) -> tuple[list[Json], bool]:
        """A page, and whether there are more. A refusal of a later one is the end of what can be read."""
        try:
            answer = await self._ask(text, limit=str(PAGE), offset=str(offset))
        except Refused as refused:
            if not offset:
                raise
            log.info("pagerduty gives no more pages", path=self._path, offset=offset, said=str(refused))
            self._farthest, self._is_cut = offset, True
            return [], False
        with reading():
            page = objects(answer[self._name])
            return page, bool(page) and bool(answer.get("more"))

    async def _by_letters(self) -> AsyncIterator[Json]:
        total, questions = await self._count(""), 0
        waiting = deque(self._letters())
        while waiting and len(self._names) < total and questions < MOST_QUESTIONS:
            text, questions = waiting.popleft(), questions + 1
            there = await self._count(text)
            if there > self._farthest and len(text) < LONGEST:
                waiting.extend(text + letter for letter in self._letters())
            elif there > sum(text in name for name in self._names.values()):
                async for one in self._new(text):
                    yield one
        if len(self._names) < total:
            log.warning("not all that pagerduty has was listed", path=self._path, found=len(self._names), total=total)

    def _letters(self) -> list[str]:
        """What names are made of, the rarest first: of these there are likely few enough."""
        used = Counter({letter: 0 for letter in LETTERS})
        for name in self._names.values():
            used.update(set(name))
        return sorted((letter for letter in used if not letter.isspace()), key=lambda letter: (used[letter], letter))

    async def _count(self, text: str) -> int:
        answer = await self._ask(text, limit="1", total="true")
        with reading():
            return int(answer["total"])

    async def _ask(self, text: str, **params: str) -> Json:
        named = {"query": text} if text else {}
        answer = await self._client.get(self._path, **self._params, **params, **named)
        with reading():
            return an_object(answer)


def beginnings(names: Collection[str], most: int = PAGE) -> Iterator[tuple[str, list[str]]]:
    """Split names into groups of at most ``most`` with what each group's names begin with; loners are left out."""
    return _split(sorted(set(names)), 0, most)


def _split(names: list[str], length: int, most: int) -> Iterator[tuple[str, list[str]]]:
    if len(names) <= most:
        if len(names) > 1 and (text := _shared(names[0], names[-1]).strip()):
            yield text, names
        return
    for _beginning, group in groupby(names, lambda name: name[: length + 1]):
        yield from _split(list(group), length + 1, most)


def _shared(one: str, other: str) -> str:
    """What both begin with."""
    return "".join(a for a, _b in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
