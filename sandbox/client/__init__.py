"""A small client for the sandbox's control API: own the workspace (`Workspace`), be somebody in it (`Person`)."""

from sandbox.client.errors import NothingThere, SlackFailure
from sandbox.client.organisation import Organisation
from sandbox.client.person import Person
from sandbox.client.shapes import Call, Message, Modal
from sandbox.client.workspace import Workspace

__all__ = ["Call", "Message", "Modal", "NothingThere", "Organisation", "Person", "SlackFailure", "Workspace"]
