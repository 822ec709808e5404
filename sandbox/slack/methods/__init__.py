"""The Web API's methods, one module per family. `METHODS` is filled by importing them."""

from sandbox.slack.methods import apps, chat, conversations, files, usergroups, users, views
from sandbox.slack.methods.registry import METHODS, Call, Method

__all__ = ["METHODS", "Call", "Method", "apps", "chat", "conversations", "files", "usergroups", "users", "views"]
