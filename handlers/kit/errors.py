"""What a person hears when something could not be done.

========================  ==================================================================================
what a listener raised    what the person sees
========================  ==================================================================================
FieldErrors (submitting)  the errors, each under its field
FieldErrors (otherwise)   the sentences, on top of the modal or as a message only they see
Warned                    what it would do, and a box to tick for doing it all the same
Busy (submitting)         the sentence under the first field, so that what was typed stays
Unclear                   the sentence and a menu of schedules that goes on with the word
other Refusal             its sentence
out of range              that the numbers make no sense; Slack's own clients can't send such
LostRace                  that somebody else was quicker, three times over
other DatabaseTrouble     that nothing was saved, and why the database can't be used
Slack: trigger too old    that it took too long, please again
Slack: token refused      why, and that Baton has to be installed again
anything else             "Something went wrong" and a reference, which is logged with the traceback
========================  ==================================================================================

Nothing is ever raised into Bolt: an exception after the acknowledgement would take it back.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import DataError, DBAPIError

from handlers.kit.busy import Busy
from handlers.kit.exchange import Exchange, error_code, with_caution
from handlers.schedules.choosing import question
from notices.sending.slack import EVERYWHERE
from notices.sending.slack import REASONS as REFUSED
from services.kit.errors import FieldErrors, Refusal, Unclear, Warned
from services.kit.wording import escape
from storage.trouble import DatabaseTrouble, LostRace

log = structlog.get_logger()

TOO_LATE = ("expired_trigger_id", "exchanged_trigger_id", "trigger_expired", "trigger_exchanged")
SHOWN_CANDIDATES = 20


async def answer(slack: Exchange, error: Exception) -> None:
    """Tell the person; never raises."""
    try:
        await _tell(slack, error)
    except Exception:
        log.exception("an error could not be told", error=str(error))
    if not slack.acked:
        await slack.ack()


async def _tell(slack: Exchange, error: Exception) -> None:
    if isinstance(error, FieldErrors) and slack.is_submission and not slack.acked:
        placed = slack.form.place(error.fields)
        if placed:
            await slack.ack(response_action="errors", errors=placed)
            return
    if isinstance(error, Busy) and slack.is_submission and not slack.acked and (first := slack.first_field):
        await slack.ack(response_action="errors", errors={first: str(error)})
        return
    if isinstance(error, Warned) and slack.is_submission and not slack.acked:
        await slack.ack(response_action="update", view=with_caution(slack.view, error))
        return
    if isinstance(error, Unclear) and error.candidates and (not slack.view or slack.is_in_modal):
        await slack.say(wording(error, slack.body), question(error))
        return
    await slack.notice(wording(error, slack.body))


def wording(error: Exception, body: Mapping[str, Any]) -> str:
    """The sentence for the person; what is nobody's intention is logged."""
    if isinstance(error, Unclear):
        return "\n".join([str(error), *_listed(error)])
    if isinstance(error, FieldErrors):
        return escape(str(error))
    if isinstance(error, Refusal):
        return str(error)
    if isinstance(error, LostRace):
        log.warning("lost a race for good", cause=str(error.__cause__))
        return f"{error} Nothing was saved."
    if isinstance(error, DatabaseTrouble):
        log.error("the database can't be used", reason=error.why)
        return f"{error} Nothing was saved. Tell whoever runs Baton, and try again when it is mended."
    if isinstance(error, SlackApiError) and error_code(error) in TOO_LATE:
        return "That took too long for Slack. Please try again."
    if isinstance(error, SlackApiError) and (code := error_code(error)) in EVERYWHERE:
        log.error(
            "Slack refuses Baton here", reason=code, team=body.get("team_id") or (body.get("team") or {}).get("id")
        )
        return f"{REFUSED.get(code, 'Slack refuses what Baton asks.')} Somebody who may install apps here can do that."
    if _is_out_of_range(error):
        return "Baton can't make sense of these numbers. Open it again, and try once more."
    return _unexpected(error)


def _is_out_of_range(error: Exception) -> bool:
    """Whether a number is too large for a calendar or for the database, which drivers tell in their own ways."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(error, DataError) or isinstance(cause, OverflowError)


def _listed(error: Unclear) -> list[str]:
    """The names in short, for notifications and screen readers."""
    listed = [f"• {escape(one.label)}" for one in error.candidates[:SHOWN_CANDIDATES]]
    more = len(error.candidates) - len(listed)
    return [*listed, *([f"… and {more} more"] if more else [])]


def _unexpected(error: Exception) -> str:
    reference = secrets.token_hex(3).upper()
    log.error("unexpected error", reference=reference, exc_info=error)
    return f"Something went wrong. Should it happen again, tell whoever runs Baton this reference: {reference}."


def register(app: AsyncApp) -> None:
    """The last resort, for what fails around the listeners."""

    @app.error
    async def on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
        text = wording(error, body)
        shown = {"response_type": "ephemeral", "text": text} if body.get("command") else ""
        return BoltResponse(status=200, body=shown)
