"""Where files are put: the address that `files.getUploadURLExternal` gives takes the bytes, plain or as a form."""

from dataclasses import dataclass
from typing import cast

from aiohttp import web

from sandbox.slack.model import File
from sandbox.slack.world import World


@dataclass(frozen=True, slots=True)
class Uploads:
    world: World

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """No token is asked for: whoever has the address may use it, until the upload is completed."""
        file = self._awaited(request.match_info["path"])
        if file is None:
            return web.Response(status=404, text="not found")
        data = await _bytes(request)
        if len(data) != file.length:
            return web.Response(status=400, text=f"expected {file.length} bytes, got {len(data)}")
        file.data = data
        return web.Response(text=f"OK - {len(data)}")

    def _awaited(self, path: str) -> File | None:
        files = (file for team in self.world.teams.values() for file in team.files.values())
        return next((file for file in files if file.upload_path == path and file.ready_at is None), None)


async def _bytes(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    parts = (await request.post()).values()
    for part in parts:
        if isinstance(part, web.FileField):
            return cast("bytes", part.file.read())
    return b""
