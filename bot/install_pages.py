"""What a browser is shown when an installation did not come about: what happened, and where to begin again.

============================  ===========================================================
Slack, Bolt or Baton says     the page says
============================  ===========================================================
access_denied                 that it was cancelled, and nothing was changed
invalid_state, …browser       that a link works once and for a while; perhaps all is well
invalid_code                  that Slack did not take what it had given, or not from us
unreachable, storage_error    that it could not be asked for, or kept; once more, later
anything else                 what Slack said
============================  ===========================================================
"""

from __future__ import annotations

from html import escape

from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.response import BoltResponse

UNREACHABLE, NOT_KEPT = "unreachable", "storage_error"
FAILED, STALE = "Baton was not installed", "This link can't be used again"
_STALE = (
    "It works once, for ten minutes, and in the browser that began. If the page was only loaded again after Baton had "
    "been installed, all is well: /oncall help answers in Slack."
)
_SAID = {
    "access_denied": (FAILED, "It was cancelled in Slack. Nothing was changed."),
    "invalid_state": (STALE, _STALE),
    "invalid_browser": (STALE, _STALE),
    "invalid_code": (
        FAILED,
        "Slack didn't take the code that it had given. A code works once, for ten minutes. Should it happen again, "
        "tell whoever runs Baton: the log has Slack's reason, such as a wrong client secret.",
    ),
    UNREACHABLE: (FAILED, "Slack can't be reached from here now. Begin again in a while."),
    NOT_KEPT: (FAILED, "Slack agreed, but Baton could not keep it. Tell whoever runs Baton, and begin again later."),
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 1.1rem/1.5 sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }}</style></head>
<body><h1>{title}</h1><p>{said}</p><p><a href="install">Begin again</a></p></body></html>
"""


def callbacks() -> AsyncCallbackOptions:
    return AsyncCallbackOptions(success=_installed, failure=_not_installed)


async def _installed(args: AsyncSuccessArgs) -> BoltResponse:
    return await args.default.success(args)


async def _not_installed(args: AsyncFailureArgs) -> BoltResponse:
    forget = args.settings.state_utils.build_set_cookie_for_deletion()
    return failure_page(args.reason, args.suggested_status_code, {"Set-Cookie": forget})


def failure_page(reason: str, status: int, headers: dict[str, str] | None = None) -> BoltResponse:
    """``reason`` may come from whoever opened the page: only what looks like Slack's words is quoted."""
    quoted = reason if len(reason) <= 40 and reason.replace("_", "").isalpha() else "something unknown"
    other = (FAILED, f"Slack said: {quoted}. Should it say so again, tell whoever runs Baton.")
    title, said = _SAID.get(reason, other)
    page = _PAGE.format(title=escape(title), said=escape(said))
    return BoltResponse(
        status=status, headers={"Content-Type": "text/html; charset=utf-8", **(headers or {})}, body=page
    )
