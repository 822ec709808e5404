"""*Show picture*: what is posted where, and what a person hears when it is not."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import handlers
from handlers.kit.scopes import BOT_SCOPES
from pictures.child import PNG, Draughtsman
from sandbox.client import Message, Person, Workspace
from services.shifts import picture as pictures
from tests.support.running import Baton
from tests.support.slack_steps import assign, full_hour, make_schedule


async def asked(baton: Baton, person: Person, channel: str = "#ops") -> None:
    """Somebody is on call, then nobody, then somebody; the table is shown and its button pressed."""
    schedule = await make_schedule(baton, roles=("Primary",))
    await assign(baton, schedule, "alice", full_hour(baton, -1), 30)
    await assign(baton, schedule, "bob", full_hour(baton, 40), 30)
    await person.command("/oncall shifts", channel=channel)
    await person.wait_for_message("Today", channel="ephemeral")
    await person.press("Show picture", where=channel)


async def pictures_in(person: Person, channel: str) -> list[Message]:
    return [one for one in await person.messages(channel) if any(block["type"] == "image" for block in one.blocks)]


DRAWN = pictures.drawn
AT_ONCE = "import sys; sys.stdin.read(); sys.stdout.buffer.write(b'\\x89PNG\\r\\n\\x1a\\n')"


def draws_with(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """The drawing process does this instead."""

    async def otherwise(house, *rest, **more):  # type: ignore[no-untyped-def]
        draughtsman = Draughtsman((sys.executable, "-c", code))
        return await DRAWN(replace(house, pictures=draughtsman), *rest, **more)

    monkeypatch.setattr(pictures, "drawn", otherwise)


async def test_a_picture_is_posted_once_for_everybody_with_the_same_in_words(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    await asked(baton, alice)
    await alice.press("Show picture", where="#ops")
    message = await bob.wait_for_message("Nobody: Primary", channel="#ops", timeout=20)
    png = await bob.picture(message)
    assert png.startswith(PNG)
    assert len(png) > 10_000
    assert "Primary: Alice Johnson" in message.shown
    assert "Primary: Bob Smith" in message.shown
    assert "Asked for by @alice" in message.shown
    assert message.text.startswith("Payments, ")
    await handlers.drain(20)
    assert len(await pictures_in(bob, "#ops")) == 1
    [upload] = await ws.calls("files.getUploadURLExternal")
    assert upload.arguments["filename"].endswith(".png")
    posted = [call.arguments for call in await ws.calls("chat.postMessage")]
    assert all((one["unfurl_links"], one["unfurl_media"]) == (False, False) for one in posted)


async def test_where_baton_can_not_post_the_person_gets_it_alone_and_is_told_why(
    baton: Baton, ws: Workspace, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws_with(monkeypatch, AT_ONCE)
    await ws.add_channel("secret", members=["alice"], private=True)
    await asked(baton, alice, "#secret")
    told = await alice.wait_for_message("can't post here", channel="ephemeral", timeout=20)
    assert "/invite @Baton" in told.shown
    assert "in your direct messages" in told.shown
    [message] = await pictures_in(alice, "dm")
    assert (await alice.picture(message)).startswith(PNG)
    assert await pictures_in(alice, "#secret") == []


async def test_what_keeps_a_picture_from_being_is_a_sentence(
    baton: Baton, ws: Workspace, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws_with(monkeypatch, AT_ONCE)
    await ws.set_scopes([scope for scope in BOT_SCOPES if scope != "files:write"])
    await asked(baton, alice)
    told = await alice.wait_for_message("lacks the permission files:write", channel="ephemeral", timeout=20)
    assert "install it again" in told.shown
    await ws.set_scopes(list(BOT_SCOPES))
    await ws.fail_next("files.completeUploadExternal", http_status=502)
    await alice.press("Show picture", where="#ops")
    await alice.wait_for_message("Slack did not take the picture", channel="ephemeral", timeout=20)
    draws_with(monkeypatch, "import no_such_library_is_here")
    await alice.press("Show picture", where="#ops")
    await alice.wait_for_message("The picture can't be drawn just now", channel="ephemeral", timeout=20)
    assert await pictures_in(alice, "#ops") == []


async def test_a_slow_drawing_keeps_nobody_waiting(
    baton: Baton, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    waits = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)\nraise SystemExit(1)"
    draws_with(monkeypatch, waits)
    await asked(baton, alice)
    await asyncio.gather(*(bob.command("/oncall who", channel="#ops") for _ in range(3)))
    await bob.wait_for_message("Primary: @alice", channel="ephemeral")
    assert not [one for one in await alice.ephemerals("#ops") if "can't be drawn" in one.shown]
    go.touch()
    await alice.wait_for_message("can't be drawn just now", channel="ephemeral", timeout=20)
