"""What a person sees, as values: a modal (or Home tab), a message, and a call in the Web API's log."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sandbox.client.errors import NothingThere


@dataclass(frozen=True, slots=True)
class Modal:
    """`fields` maps each label to what it shows now, as `Person.fill` takes it; an empty field is None or []."""

    view_id: str
    hash: str
    title: str
    text: str
    submit: str | None
    close: str | None
    fields: dict[str, Any]
    buttons: list[str]
    errors: dict[str, str]
    depth: int
    view: dict[str, Any]
    choices: dict[str, list[str]]

    @classmethod
    def of(cls, shape: dict[str, Any]) -> "Modal":
        return cls(
            view_id=shape["view_id"],
            hash=shape["hash"],
            title=shape["title"],
            text=shape["text"],
            submit=shape["submit"],
            close=shape["close"],
            fields={field["label"]: _value(field) for field in shape["fields"]},
            buttons=shape["buttons"],
            errors=shape["errors"],
            depth=shape["depth"],
            view=shape["view"],
            choices={field["label"]: field["options"] for field in shape["fields"]},
        )

    def options(self, label: str) -> list[str]:
        if label not in self.choices:
            raise NothingThere(f"no field {label!r}; there are: {', '.join(map(repr, self.choices)) or 'none'}")
        return self.choices[label]


def _value(field: dict[str, Any]) -> Any:
    value = field["value"]
    if value is None:
        return None
    match field["type"]:
        case "datetimepicker":
            return datetime.fromtimestamp(value, UTC)
        case "datepicker":
            return date.fromisoformat(value)
        case "timepicker":
            return time.fromisoformat(value)
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Message:
    ts: str
    user: str
    text: str
    shown: str
    buttons: list[str]
    blocks: list[dict[str, Any]]
    edited: bool
    channel: str
    ephemeral: bool
    thread_ts: str | None
    metadata: dict[str, Any] | None
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    arguments: dict[str, Any]
    at: datetime
    team_id: str | None
    ok: bool
    error: str | None

    @classmethod
    def of(cls, shape: dict[str, Any]) -> "Call":
        return cls(**{**shape, "at": datetime.fromisoformat(shape["at"])})
