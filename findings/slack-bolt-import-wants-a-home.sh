#!/usr/bin/env bash
# slack-bolt 1.30.0 with slack-sdk 3.47.0, Python 3.11; needs `unshare` with user namespaces.
# Good guess: importing the library asks nothing of the machine; an app that keeps installations in a database never needs
#   a home directory.
# What happens: the file-based stores have Path.home() as the default of an argument, which is worked out on import. A
#   user id without an entry in passwd, started without HOME (a numeric id in a service manager, `env -i`), can't import
#   slack_bolt.async_app at all: RuntimeError, before a line of the app has run. slack_sdk's web client alone imports.
# Why it matters here: Baton runs under ids of its own in containers and units; the image sets HOME for this reason.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv --copies "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check slack-bolt==1.30.0 slack-sdk==3.47.0 aiohttp==3.14.5 2>/dev/null

as_nobody_known() { (unshare --user --map-user=54321 env -u HOME "$folder/venv/bin/python" -c "$1" 2>&1 || true) | tail -1; }

sdk=$(as_nobody_known 'import slack_sdk.web.async_client; print("imported")')
bolt=$(as_nobody_known 'import slack_bolt.async_app; print("imported")')
home=$(HOME=/ "$folder/venv/bin/python" -c 'import slack_bolt.async_app; print("imported")')
echo "without HOME and passwd entry: slack_sdk.web.async_client: $sdk"
echo "without HOME and passwd entry: slack_bolt.async_app: $bolt"
echo "with HOME=/: slack_bolt.async_app: $home"
[[ $sdk == imported && $bolt == "RuntimeError: Could not determine home directory." && $home == imported ]]
