"""What was typed into a modal, and errors on its way back to the fields.

The block id of an input is the name of the draft's attribute that it fills. Where a field must be emptied when
another one changes (the roles of another schedule), its block id carries a mark: ``role_id@42``. Slack keeps what was
typed only in blocks whose id stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, TypeVar

from handlers.kit.numbers import id_of, instant_of
from services.kit.errors import FieldErrors
from services.kit.wording import escape

Chosen = TypeVar("Chosen", bound=StrEnum)

MARK = "@"
ACCEPTED = "accepted"


def marked(name: str, mark: object) -> str:
    """The block id of a field whose content belongs to ``mark``."""
    return f"{name}{MARK}{mark}"


def name_of(block_id: str) -> str:
    return block_id.partition(MARK)[0]


@dataclass(frozen=True, slots=True)
class Form:
    """Reads a view as Slack sends it."""

    view: Mapping[str, Any]

    def names(self) -> list[str]:
        """Of every field, without marks."""
        return [name_of(block_id) for block_id in (self.view.get("state") or {}).get("values") or {}]

    def mark(self, name: str) -> str:
        """What the content of a field belongs to, as :func:`marked` wrote it; empty for none."""
        blocks = (self.view.get("state") or {}).get("values") or {}
        return next((block.partition(MARK)[2] for block in blocks if name_of(block) == name), "")

    def has(self, name: str) -> bool:
        """Whether there is such a field."""
        return bool(self._elements(name))

    def text(self, name: str) -> str:
        return str(self.element(name).get("value") or "")

    def option(self, name: str) -> str | None:
        """The value of the option chosen."""
        return (self.element(name).get("selected_option") or {}).get("value")

    def choice(self, name: str, kind: type[Chosen], usual: Chosen) -> Chosen:
        """The option chosen, ``usual`` for none. Raises FieldErrors for one that there isn't."""
        value = self.option(name)
        if value is None:
            return usual
        try:
            return kind(value)
        except ValueError as error:
            raise FieldErrors({name: "Choose one of the options."}) from error

    def number(self, name: str) -> int | None:
        """The option's value where it is an id."""
        return id_of(self.option(name))

    def users(self, name: str) -> list[str]:
        return list(self.element(name).get("selected_users") or ())

    def chosen(self, name: str) -> list[str]:
        """The values of every option chosen in fields of this name, which may be spread over several blocks."""
        found = (element.get("selected_options") or () for element in self._elements(name))
        return [option["value"] for options in found for option in options]

    @property
    def accepted(self) -> str:
        """The mark of the cautions that were shown and accepted; empty if none were."""
        return next(iter(self.chosen(ACCEPTED)), "")

    def of_day(self, name: str) -> time | None:
        """The time of a time picker."""
        text = self.element(name).get("selected_time")
        try:
            return time.fromisoformat(text) if text else None
        except (TypeError, ValueError) as error:
            raise FieldErrors({name: "Choose a time of day."}) from error

    def day(self, name: str) -> date | None:
        """The day of a date picker. Raises FieldErrors for one that no calendar has."""
        text = self.element(name).get("selected_date")
        try:
            return date.fromisoformat(text) if text else None
        except (TypeError, ValueError) as error:
            raise FieldErrors({name: "Choose a day."}) from error

    def user(self, name: str) -> str | None:
        return self.element(name).get("selected_user")

    def conversation(self, name: str) -> str | None:
        return self.element(name).get("selected_conversation")

    def instant(self, name: str) -> datetime | None:
        """Raises FieldErrors for one that no calendar has."""
        seconds = self.element(name).get("selected_date_time")
        if seconds is None:
            return None
        found = instant_of(seconds)
        if found is None:
            raise FieldErrors({name: "Choose a date between the years 2000 and 2999."})
        return found

    def place(self, errors: Mapping[str, str]) -> dict[str, str]:
        """Errors by block id. What belongs to a field that isn't shown goes to the first one that is."""
        inputs = [block["block_id"] for block in self.view.get("blocks", ()) if block.get("type") == "input"]
        places = {name_of(block_id): block_id for block_id in inputs}
        found: dict[str, str] = {}
        for name, problem in errors.items() if inputs else ():
            place = places.get(name, inputs[0])
            found[place] = f"{found[place]} {problem}" if place in found else problem
        return found

    def element(self, name: str) -> Mapping[str, Any]:
        return next(iter(self._elements(name)), {})

    def _elements(self, name: str) -> list[Mapping[str, Any]]:
        values: Mapping[str, Mapping[str, Any]] = (self.view.get("state") or {}).get("values") or {}
        return [next(iter(e.values()), {}) for block_id, e in values.items() if name_of(block_id) == name]


def filled_in_again(view: Mapping[str, Any], problems: Mapping[str, str], secret: str) -> dict[str, Any]:
    """A submitted view with what was typed in it, and each problem below its field; ``secret`` is never put back."""
    form = Form(view)
    placed = form.place(problems)
    blocks: list[dict[str, Any]] = []
    for block in view.get("blocks", ()):
        name = name_of(str(block.get("block_id", "")))
        keeps = block.get("type") == "input" and name != secret
        blocks.append({**block, "element": _typed(block["element"], form.element(name))} if keeps else dict(block))
        if problem := placed.get(block.get("block_id", "")):
            told = f":warning: {escape(problem)}"
            blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": told}]})
    return {**view, "blocks": blocks}


def _typed(element: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """An element with its state as what it shows first."""
    shown = {key: value for key, value in element.items() if key not in ("initial_value", "initial_option")}
    if state.get("value"):
        shown["initial_value"] = state["value"]
    if state.get("selected_option"):
        shown["initial_option"] = state["selected_option"]
    return shown
