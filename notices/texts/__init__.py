"""The words of every notice: pure functions from facts to a message, which Slack and e-mail each show their way."""

from notices.texts.words import Message, Scene, word

__all__ = ["Message", "Scene", "word"]
