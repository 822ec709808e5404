"""What somebody does in Slack, form by form, and complaints that say where it went wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from sandbox.client import Message, Modal, Person
from sandbox.client.waiting import until

PATIENCE = 15.0
SECOND_YES = "Do it all the same?"
Found = TypeVar("Found")


class Unexpected(Exception):
    """Something was not as it should be; ``str()`` says what."""


class Audience(Protocol):
    """Is told what is done and seen."""

    def does(self, who: str, what: str) -> None: ...

    def modal(self, who: str, modal: Modal) -> None: ...

    def message(self, who: str, message: Message) -> None: ...

    def good(self, text: str) -> None: ...


class Nobody:
    """An audience that looks away."""

    def does(self, who: str, what: str) -> None:
        pass

    def modal(self, who: str, modal: Modal) -> None:
        pass

    def message(self, who: str, message: Message) -> None:
        pass

    def good(self, text: str) -> None:
        pass


def expect(condition: object, reason: str) -> None:
    if not condition:
        raise Unexpected(reason)


async def waited(look: Callable[[], Awaitable[Found | None]], reason: str, seconds: float = PATIENCE) -> Found:
    """What ``look`` finds. Raises Unexpected when the time is up; what is found may not be false."""

    async def found() -> Found | None:
        return await look() or None

    there = await until(found, seconds)
    if there is None:
        raise Unexpected(f"{reason} (waited {seconds:.0f} s)")
    return there


class Actor:
    """Somebody who uses Slack in front of an audience."""

    def __init__(self, person: Person, channel: str, audience: Audience) -> None:
        self.person = person
        self.name = person.name
        self._channel = channel
        self._audience = audience

    async def types(self, command: str) -> None:
        self._audience.does(self.name, f"types {command}")
        await self.person.command(command, channel=self._channel)

    async def opens(self, command: str, title: str) -> Modal:
        await self.types(command)
        return await self.person.modal(title, timeout=PATIENCE)

    async def presses(self, button: str, *, within: str | None = None) -> None:
        self._audience.does(self.name, f"presses {button}")
        await self.person.press(button, within=within)

    async def fills(self, answers: Mapping[str, Any], *, shown: bool = True) -> None:
        for label, value in answers.items():
            await self.person.fill(label, value)
        if shown:
            self._audience.modal(self.name, await self.person.modal())

    async def chooses(self, label: str, value: str, *, shows: str) -> None:
        """Fill in a field by which the form changes, and wait until it shows another one."""
        await self.person.fill(label, value)

        async def changed() -> bool:
            return shows in (await self.person.modal()).fields

        await waited(changed, f"“{label}” brings up no field “{shows}”")

    async def sends(self) -> Modal | None:
        """Submit; a refusal is unexpected. The modal that is on top then."""
        before = await self.person.modal()
        after = await self.person.submit()
        if after is not None and after.errors:
            raise Unexpected(f"“{before.title}” was refused: {after.errors}")
        return after

    async def sends_all_the_same(self) -> None:
        """Submit, and tick the box where a second yes is asked for: whoever is on call elsewhere then, for example."""
        asked = await self.sends()
        if asked is not None:
            await self.fills({SECOND_YES: asked.options(SECOND_YES)})
            expect(await self.sends() is None, f"“{asked.title}” asks again")

    async def sees(self, title: str | None, text: str, *, shown: bool = True) -> Modal:
        """The top modal, once it has this title (or any) and this text."""
        last: list[Modal] = []

        async def look() -> Modal | None:
            last[:] = [modal for modal in [await self.person.top_modal()] if modal]
            return next((modal for modal in last if title in (None, modal.title) and text in modal.text), None)

        found = await until(look, PATIENCE)
        if found is None:
            there = f"“{last[0].title}”: {last[0].text}" if last else "no modal"
            raise Unexpected(f"{self.name} never saw “{text}” in “{title or 'a modal'}”; there is {there}")
        if shown:
            self._audience.modal(self.name, found)
        return found

    async def hears(self, text: str, channel: str = "ephemeral", *, shown: bool = True) -> Message:
        told = await self.person.wait_for_message(text, channel=channel, timeout=PATIENCE)
        if shown:
            self._audience.message(self.name, told)
        return told

    async def leaves(self) -> None:
        """Close every modal that is open."""
        if await self.person.top_modal() is not None:
            await self.person.close_all()
