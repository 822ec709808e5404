"""What Slack says of user groups, remembered for modals: what there is, or why Baton is told nothing."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from notices.presence.calls import Later, Refused, granted
from notices.presence.keeper import keep_listing, list_workspace
from services.kit.house import House
from services.people import directory
from storage.again import run_again
from storage.tables import SlackGrant


async def relist(house: House, workspace_id: int, client: AsyncWebClient) -> None:
    """Ask Slack for every user group and keep what it says; nothing is written where it says the same as before."""
    organisation = not (await directory.home(house, workspace_id)).team_id
    try:
        listing = await list_workspace(client, organisation)
    except Refused as refused:
        await _keep_refusal(house, workspace_id, refused)
    except Later:
        return
    else:
        await keep_listing(house.database, workspace_id, listing, house.clock.now())


async def _keep_refusal(house: House, workspace_id: int, refused: Refused) -> None:
    cause = refused.__cause__
    scopes = granted(cause.response) if isinstance(cause, SlackApiError) else frozenset[str]()
    await _keep_grant(house, workspace_id, ",".join(sorted(scopes)), refused.trouble)


@run_again
async def _keep_grant(house: House, workspace_id: int, scopes: str, trouble: str) -> None:
    async with house.database.read() as tx:
        known = await tx.presence.grant(workspace_id)
    if known is not None and (known.scopes, known.trouble) == (scopes, trouble):
        return
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(workspace_id)
        await tx.presence.keep_grant(
            SlackGrant(workspace_id=workspace_id, scopes=scopes, trouble=trouble, seen_at=house.clock.now())
        )
