#!/usr/bin/env bash
# slack-bolt 1.30.0, Python 3.11.
# Good guess: once `await ack(...)` has returned, Slack has the acknowledgement, so a call made after it comes after it.
# What happens: AsyncAck only stores the response. A loop beside the listener looks for it every 10 ms, so what a listener
#   does in its next line may reach Slack first. A view in the acknowledgement (response_action "update") then takes the
#   place of the view that a later views.update has shown already, and stays.
# Why it matters here: forms acknowledge with "Talking to PagerDuty…" and show what came of it afterwards. Where the answer
#   came at once, people were left with the hourglass. handlers/kit/exchange.py waits for the acknowledgement to arrive.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check slack-bolt==1.30.0 slack-sdk==3.47.0 aiohttp==3.14.5 2>/dev/null
cat > "$folder/look.py" <<'PYTHON'
import asyncio
import json
import logging
import sys

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult

logging.disable(logging.CRITICAL)


async def authorize():
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U0")


async def main():
    app = AsyncApp(signing_secret="s", authorize=authorize, request_verification_enabled=False)
    order = []

    @app.view("form")
    async def form(ack):
        view = {"type": "modal", "title": {"type": "plain_text", "text": "Wait"}, "blocks": []}
        await ack(response_action="update", view=view)
        order.append("what the listener does after ack()")

    payload = {
        "type": "view_submission",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "view": {"id": "V1", "type": "modal", "callback_id": "form", "state": {"values": {}}},
    }
    headers = {"content-type": ["application/json"]}
    answer = await app.async_dispatch(AsyncBoltRequest(body=json.dumps(payload), headers=headers))
    order.append("the acknowledgement leaves Bolt")
    print(answer.status, json.loads(answer.body)["response_action"])
    print(" → ".join(order))
    return 0 if order == ["what the listener does after ack()", "the acknowledgement leaves Bolt"] else 1


sys.exit(asyncio.run(main()))
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
