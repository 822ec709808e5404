"""What the processes of a key have taken of its requests, changed without a lock: it is replaced where it is still what
was seen, and otherwise looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, cast, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.inserting import insert_new
from storage.swift import swift
from storage.tables import RequestBudget


class Spent(NamedTuple):
    """``taken`` as it is stored, which is JSON: ``[[when, how many], …]``."""

    taken: str
    per_minute: int
    routine_from: datetime | None
    urgent_from: datetime | None


_OF = RequestBudget.credential == bindparam("of")
_TAKEN = cast(RequestBudget.taken, Text)
_FACTS = (RequestBudget.per_minute, RequestBudget.routine_from, RequestBudget.urgent_from)
_SPENT = swift(select(_TAKEN, *_FACTS).where(_OF))
_IS_SAME = (fact.is_not_distinct_from(bindparam(f"seen_{fact.key}", type_=fact.type)) for fact in _FACTS)
_REPLACED = swift(
    update(RequestBudget)
    .where(_OF, bindparam("seen_taken") == _TAKEN, *_IS_SAME)
    .values({name: bindparam(f"new_{name}") for name in Spent._fields})
    .returning(_TAKEN)
)


class Budgets:
    """The requests of every key, as its processes share them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, credential: str, per_minute: int) -> Spent:
        """What was taken of a key, which has ``per_minute`` where nobody has used it yet."""
        connection = await self._session.connection()
        while (row := (await connection.execute(_SPENT, {"of": credential})).first()) is None:
            first = {"credential": credential, "per_minute": per_minute, "taken": []}
            await insert_new(self._session, RequestBudget, [{**first, "routine_from": None, "urgent_from": None}])
        return Spent(*row)

    async def replace(
        self, credential: str, seen: Spent, taken: Sequence[Any], per_minute: int, *pauses: datetime | None
    ) -> Spent | None:
        """Keep this in the place of what was seen; returns what is kept now, None where somebody else changed it."""
        connection = await self._session.connection()
        before = {f"seen_{name}": value for name, value in seen._asdict().items()}
        after = zip(Spent._fields, (taken, per_minute, *pauses), strict=True)
        values = {"of": credential, **before, **{f"new_{name}": value for name, value in after}}
        kept = (await connection.execute(_REPLACED, values)).scalar()
        return Spent(kept, per_minute, *pauses) if kept is not None else None
