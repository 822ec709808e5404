"""What a courier has in hand can be let go of at any moment."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from datetime import timedelta

import pytest

from notices.sending.hand import Hand
from notices.sending.senders import Patience


async def test_whoever_is_told_to_end_while_an_answer_comes_ends() -> None:
    hand = Hand.of(Patience((), timedelta(0)), copy_context())

    async def gather_for_ever() -> None:
        while True:
            await hand.gather()

    gathering = asyncio.create_task(gather_for_ever())
    await asyncio.sleep(0)
    hand.moved.set()
    await asyncio.sleep(0)
    gathering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(gathering, 5)
