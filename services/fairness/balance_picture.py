"""The balance of one role as a picture, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping

from oncall.fairness.balance import Line, Standing
from oncall.fairness.measures import Table
from pictures.balance_values import BalancePicture, Panel, Share, Tone
from pictures.child import CannotDraw
from services.fairness.balance import BalanceView, RoleBalance, balance_of
from services.kit.errors import NotFound, Refusal
from services.kit.house import Actor, House
from services.people import directory as people
from services.shifts.picture import MOST_ALT_TEXT, WITHOUT_NAME, Drawn, within

MOST_ROWS = 70
TONES = {
    Standing.BALANCED: Tone.GOOD,
    Standing.SLIGHTLY: Tone.SLIGHT,
    Standing.IMPROVING: Tone.FAR,
    Standing.FAR: Tone.FAR,
}


async def drawn(house: House, actor: Actor, schedule_id: int, role_id: int) -> Drawn:
    """Anyone may look. Raises NotFound, and Refusal where there is no picture."""
    view = await balance_of(house, actor, schedule_id)
    role = next((one for one in view.roles if one.role_id == role_id), None)
    if role is None:
        raise NotFound("That role does not exist any more.")
    if not role.tables:
        raise Refusal(f"Nobody has had a shift as {role.role} in the last year, so there is nothing to draw.")
    known = await people.named(house, actor.workspace_id, [row.user for row in role.tables[0].rows])
    names = {user: person.name for user, person in known.items()}
    try:
        png = await house.pictures.draw(picture_of(view, role, names))
    except CannotDraw as error:
        raise Refusal(str(error)) from error
    title = f"{view.schedule}: balance of {role.role}, {view.now:%-d %b %Y}"
    return Drawn(png, title, f"balance-{view.now:%Y-%m-%d}.png", alt_text(view, role, names))


def picture_of(view: BalanceView, role: RoleBalance, names: Mapping[str, str]) -> BalancePicture:
    """``names`` are how people are called, by Slack's user id."""
    shown: list[Panel] = []
    room = MOST_ROWS
    for table in role.tables:
        if len(table.rows) <= room or not shown:
            shown.append(Panel(table.name, tuple(_share(table, names)[:room])))
            room -= len(table.rows)
    hidden = len(role.tables) - len(shown)
    notes = (f"{hidden} more not shown; /oncall balance has everything.",) if hidden else ()
    since = f" from {role.since:%-d %b %Y} on" if role.since else ""
    subtitle = f"Shifts{since}, done and ahead, as of {view.now:%-d %b %Y}"
    return BalancePicture(f"{view.schedule}: balance of {role.role}", subtitle, tuple(shown), notes)


def _share(table: Table, names: Mapping[str, str]) -> list[Share]:
    return [
        Share(
            label=names.get(row.user, WITHOUT_NAME),
            done=row.line.done,
            ahead=row.line.ahead,
            target=row.line.target,
            words=in_short(row.line, hours=table.hours),
            tone=TONES[row.standing],
            standing=row.standing.value,
        )
        for row in table.rows
    ]


def in_short(line: Line, *, hours: bool) -> str:
    """``3 + 2 of 4.8``: done, ahead, target; hours are whole ones, so that a year of them has room."""
    if hours:
        return f"{line.done:.0f} + {line.ahead:.0f} of {line.target:.0f} h"
    return f"{number(line.done)} + {number(line.ahead)} of {number(line.target)}"


def number(value: float) -> str:
    """At most one decimal, none where it is a whole number."""
    return "0" if round(value, 1) == 0 else f"{value:.1f}".removesuffix(".0")


def alt_text(view: BalanceView, role: RoleBalance, names: Mapping[str, str]) -> str:
    """The picture in words, for whoever can't see it."""
    lines = [f"Balance of {role.role} in {view.schedule}: done + ahead of target."]
    for table in role.tables:
        said = (
            f"{names.get(row.user, WITHOUT_NAME)} {in_short(row.line, hours=table.hours)} ({row.standing.value})"
            for row in table.rows
        )
        lines.append(f"{table.name}: {'; '.join(said)}.")
    return within(lines, MOST_ALT_TEXT, "/oncall balance has all of it")
