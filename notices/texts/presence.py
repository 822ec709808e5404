"""Words about user groups and topics that can't be kept in step with who is on call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notices.presence import troubles
from notices.texts.marks import Message, Scene, escape


def presence(facts: Mapping[str, Any], scene: Scene) -> Message:
    """What is wrong, once; how it stands is in ``/oncall doctor``."""
    code = troubles.code_of(facts["trouble"])
    deed = {"edited": "was changed by somebody else", "overwritten": "had been changed by somebody else"}
    state = deed.get(code, "is not all in step" if code == "left_out" else "can't be kept in step")
    again = () if code in ("edited", "overwritten") else (_again(scene),)
    why = troubles.sentence(facts["trouble"], called=scene.name)
    return Message(f"{_what(facts)} of {scene.title} {state}", (why, *again))


def _again(scene: Scene) -> str:
    return f"`/oncall presence {escape(scene.schedule)}` changes what is chosen. You are told this once."


def _what(facts: Mapping[str, Any]) -> str:
    if facts["target"] == "topic":
        return f"The topic of <#{facts['place']}>"
    return f"The user group {escape(facts['name'])}".rstrip()
