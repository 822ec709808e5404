"""The same press of a form that is delivered twice, and another press of the same form."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck

from handlers.kit.doubled_forms import Doubles
from tests.support.service_world import Desk


def _pressed(name: str, view_hash: str = "1") -> dict[str, Any]:
    values = {"name": {"text": {"type": "plain_text_input", "value": name}}}
    return {"user": {"id": "U1"}, "view": {"id": "V1", "hash": view_hash, "state": {"values": values}}}


@pytest.mark.parametrize(
    ("second", "runs"), [(_pressed("Search"), 1), (_pressed("Fraud"), 2), (_pressed("Search", "2"), 2)]
)
async def test_a_press_with_the_same_view_and_input_is_carried_out_once(second: dict[str, Any], runs: int) -> None:
    carried_out = 0
    first_ack, second_ack = AsyncAck(), AsyncAck()

    async def run_for(ack: AsyncAck) -> None:
        nonlocal carried_out
        carried_out += 1
        number = carried_out
        await asyncio.sleep(0.01)
        await ack(response_action="errors", errors={"name": f"refused {number}"})

    async with Desk.at() as desk:
        doubles = Doubles(desk.house)
        await asyncio.gather(
            doubles.once(first_ack, _pressed("Search"), lambda: run_for(first_ack)),
            doubles.once(second_ack, second, lambda: run_for(second_ack)),
        )
    assert carried_out == runs
    assert first_ack.response is not None
    assert second_ack.response is not None
    assert (first_ack.response.body == second_ack.response.body) == (runs == 1)
