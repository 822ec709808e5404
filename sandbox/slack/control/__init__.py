"""The control API: what tests, the demo and people's clients use to be somebody in the workspace, or to be its
owner."""

from sandbox.slack.control.organisations import OrganisationRoutes
from sandbox.slack.control.owner import OwnerRoutes
from sandbox.slack.control.people import PeopleRoutes

__all__ = ["OrganisationRoutes", "OwnerRoutes", "PeopleRoutes"]
