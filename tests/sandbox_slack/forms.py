"""An app with one modal, which the tests of modals share."""

import re

from slack_bolt.app.async_app import AsyncApp

from tests.sandbox_slack.building import Json


class Form:
    """An app whose command opens one view, and which answers its submission as told. It keeps what it gets."""

    def __init__(self, app: AsyncApp, view: Json) -> None:
        self.view = view
        self.answer: Json | None = {}
        self.submitted: list[Json] = []
        self.actions: list[Json] = []
        self.closed: list[Json] = []
        app.command("/form")(self._open)
        app.view("form")(self._submission)
        app.view_closed("form")(self._closing)
        app.action({"type": "block_actions", "action_id": _ANY})(self._action)

    async def _open(self, ack, client, body):
        await client.views_open(trigger_id=body["trigger_id"], view=self.view)
        await ack()

    async def _submission(self, ack, body):
        self.submitted.append(body)
        if self.answer is not None:
            await ack(**self.answer)

    async def _closing(self, ack, body):
        await ack()
        self.closed.append(body)

    async def _action(self, ack, body):
        await ack()
        self.actions.append(body)

    @property
    def values(self) -> Json:
        return {
            block: next(iter(held.values())) for block, held in self.submitted[-1]["view"]["state"]["values"].items()
        }


_ANY = re.compile(".*")
