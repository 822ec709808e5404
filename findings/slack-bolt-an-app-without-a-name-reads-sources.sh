#!/bin/sh
# slack_bolt 1.30.0, on CPython 3.11.
# A good guess: making an AsyncApp without a name costs nothing that one with a name does not; the name is for logs.
# What happens: without a name it is taken from the file of whoever calls (inspect.stack()), for which Python reads the
# source of every module on the way and looks for each caller's module among all that are imported. In a process that
# has imported much and calls from deep inside, that takes a hundred times as long as all the rest.
# Why it matters here: tests make hundreds of apps, and each process of a test run made some while it collected tests,
# two seconds of CPU; a bot that makes an app per installation would do so within a request. With name="…" it is gone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "slack_bolt==1.30.0" "slack_sdk==3.47.0" "aiohttp==3.14.5"
cat > "$folder/made.py" <<'P'
import inspect
import sys

from slack_bolt.async_app import AsyncApp

looked = 0
stack = inspect.stack


def counted(*words):
    global looked
    looked += 1
    return stack(*words)


inspect.stack = counted
options = {"name": "a bot"} if sys.argv[1] == "named" else {}
for _ in range(3):
    AsyncApp(signing_secret="not a secret", token="xoxb-not-a-token", **options)
print(looked)
P
cd "$folder"
named=$(venv/bin/python made.py named)
unnamed=$(venv/bin/python made.py unnamed)
echo "stacks read for three apps: $named with a name, $unnamed without one"
[ "$named" = 0 ] && [ "$unnamed" = 3 ]
