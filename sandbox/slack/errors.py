"""How a Web API method says no: Slack's error code plus whatever else the answer carries."""

from typing import Any


class SlackError(Exception):
    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    @classmethod
    def with_messages(cls, code: str, messages: list[str]) -> "SlackError":
        return cls(code, response_metadata={"messages": [f"[ERROR] {message}" for message in messages]})

    def as_answer(self) -> dict[str, Any]:
        return {"ok": False, "error": self.code, **self.details}
