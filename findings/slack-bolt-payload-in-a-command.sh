#!/usr/bin/env bash
# slack-bolt 1.30.0, Python 3.11.
# Good guess: a slash command that reaches the app by HTTP arrives, whatever words people type behind it.
# What happens: the body of a request is searched for the letters "payload". A form that holds them anywhere is taken for
#   an interaction; without a field of that name its whole content becomes {}. `/oncall who payload-team` matches no
#   listener and is answered with 404 (Slack shows "failed with the error dispatch_failed"). Socket Mode is not concerned:
#   there the payload comes parsed.
# Why it matters here: schedules are named after what teams build. Baton parses forms itself (bot/web.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check slack-bolt==1.30.0 slack-sdk==3.47.0 aiohttp==3.14.5 2>/dev/null
cat > "$folder/look.py" <<'PYTHON'
import asyncio
import logging
import sys
from urllib.parse import urlencode

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult

logging.disable(logging.CRITICAL)


async def authorize():
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U0")


async def main():
    app = AsyncApp(signing_secret="s", authorize=authorize, request_verification_enabled=False)

    @app.command("/oncall")
    async def oncall(ack, command):
        await ack(command["text"])

    statuses = []
    for text in ("who payments", "who payload-team"):
        fields = {"command": "/oncall", "text": text, "team_id": "T1", "user_id": "U1", "channel_id": "C1"}
        request = AsyncBoltRequest(
            body=urlencode(fields), headers={"content-type": ["application/x-www-form-urlencoded"]}
        )
        answer = await app.async_dispatch(request)
        print(f"/oncall {text}: {answer.status} {answer.body}")
        statuses.append(answer.status)
    return 0 if statuses == [200, 404] else 1


sys.exit(asyncio.run(main()))
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
