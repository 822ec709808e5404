#!/usr/bin/env bash
# httpx 0.28.1 with httpcore 1.0.9 and anyio 4.16.0, Python 3.11.
# Good guess: what a library imports, it imports once; a request that goes over an open connection searches no files.
# What happens: httpcore asks `import sniffio` anew for each lock and event that it makes. Nothing depends on sniffio any
#   more (anyio once did), so it is missing, and an import that fails is not remembered: every folder of sys.path is
#   searched, several times a request. With sniffio installed nothing is searched.
# Why it matters here: each call to PagerDuty paid for it, some 0.4 ms where site-packages has hundreds of entries. So Baton
#   depends on sniffio, which it does not use.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() { "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "$@" 2>/dev/null; }
install httpx==0.28.1 httpcore==1.0.9 anyio==4.16.0
cat >"$folder/ask.py" <<'PYTHON'
import asyncio
import sys

import httpx

REQUESTS = 20
searched = 0


class Witness:
    @staticmethod
    def find_spec(name, path=None, target=None):
        global searched
        searched += name == "sniffio"


async def answer(reader, writer):
    while await reader.readuntil(b"\r\n\r\n"):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()


async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await client.get(url)
        sys.meta_path.insert(0, Witness)
        for _ in range(REQUESTS):
            assert (await client.get(url)).text == "ok"
    print(searched / REQUESTS)


asyncio.get_event_loop_policy().new_event_loop().run_until_complete(main())
PYTHON
without=$("$folder/venv/bin/python" "$folder/ask.py" 2>/dev/null)
install sniffio==1.3.1
with=$("$folder/venv/bin/python" "$folder/ask.py" 2>/dev/null)
echo "searches of all import paths per request on an open connection: $without without sniffio, $with with it"
[[ ${without%.*} -ge 1 && $with == 0.0 ]]
