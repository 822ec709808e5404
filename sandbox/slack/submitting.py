"""Submitting and closing modals, and what the app's answer does to the stack.

answer to view_submission     effect
empty                         this view closes; the one below it shows
response_action errors        the view stays and shows them under its inputs
response_action update        another view takes this one's place
response_action push          another view opens on top
response_action clear         every view closes
anything else, or nothing     the view stays and says that there was trouble connecting
"""

from dataclasses import dataclass
from typing import Any

from sandbox.slack import payloads
from sandbox.slack.dispatch import Dispatcher, Kind, Reply
from sandbox.slack.errors import SlackError
from sandbox.slack.inputs import controls_in, refused_by_slack
from sandbox.slack.model import Json, Team, User, View
from sandbox.slack.surfaces import NothingThereError, SlackFailureError
from sandbox.slack.views_open import checked_view, close_stack, close_view, push_modal, replace_view
from sandbox.slack.world import World, new_id

TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(frozen=True, slots=True)
class Submitting:
    world: World
    dispatcher: Dispatcher

    async def submit(self, team: Team, user: User) -> None:
        view = top_view(team, user)
        if "submit" not in view.content:
            raise NothingThereError("this modal has no submit button")
        view.errors = refused_by_slack(view.blocks, view.typed)
        if view.errors:
            return
        trigger = self.world.add_trigger(team, user, view)
        urls = self._response_urls(team, user, view)
        payload = payloads.view_submission(self.world, team, user, view, trigger, urls)
        self._apply(team, user, view, await self.dispatcher.ask(Kind.INTERACTIVE, payload))

    def _response_urls(self, team: Team, user: User, view: View) -> list[Json]:
        """One for each conversation that the person chose in a select that asks for it."""
        urls: list[Json] = []
        for control in controls_in(view.blocks):
            state = view.typed.get(control.key, {})
            channel = team.channels.get(state.get("selected_conversation") or state.get("selected_channel") or "")
            if control.element.get("response_url_enabled") and channel:
                url = self.world.add_response_url(team, user, channel, new_id("sub"))
                block_id, action_id = control.key
                urls.append(
                    {
                        "response_url": self.world.response_url_address(url),
                        "block_id": block_id,
                        "action_id": action_id,
                        "channel_id": channel.id,
                    }
                )
        return urls

    def _apply(self, team: Team, user: User, view: View, reply: Reply) -> None:
        if not reply.ok:
            raise SlackFailureError(TROUBLE)
        match reply.fields.get("response_action"):
            case None if not reply.body:
                close_view(team, view)
            case "clear":
                close_stack(team, user)
            case "errors":
                self._show_errors(view, reply.fields.get("errors"))
            case "update" | "push" as action:
                self._show_view(team, user, view, action, reply.fields.get("view"))
            case _:
                raise SlackFailureError(TROUBLE)

    def _show_errors(self, view: View, errors: Any) -> None:
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
            raise SlackFailureError(TROUBLE)
        view.errors = {str(block_id): str(text) for block_id, text in errors.items()}

    def _show_view(self, team: Team, user: User, view: View, action: str, content: Any) -> None:
        try:
            checked = checked_view(content, "modal")
            if action == "push":
                push_modal(self.world, team, user, checked)
            elif view.id in team.views:
                replace_view(self.world, team, view, checked)
        except SlackError as refusal:
            raise SlackFailureError(TROUBLE) from refusal

    async def close(self, team: Team, user: User, *, everything: bool) -> None:
        """The Cancel button closes one view, unless `clear_on_close` is set; the cross closes them all."""
        view = top_view(team, user)
        everything = everything or view.content.get("clear_on_close", False)
        if everything:
            closed = close_stack(team, user)
        else:
            close_view(team, view)
            closed = [view]
        for one in closed:
            if one.content.get("notify_on_close"):
                payload = payloads.view_closed(self.world, team, user, one, is_cleared=everything)
                await self.dispatcher.ask(Kind.INTERACTIVE, payload)


def top_view(team: Team, user: User) -> View:
    stack = team.stack(user.id)
    if not stack:
        raise NothingThereError(f"{user.name} has no modal open")
    return stack[-1]
