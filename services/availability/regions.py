"""Choosing whose public holidays one has: a country, and where its parts have holidays of their own, one of those."""

from __future__ import annotations

from services.availability.public_holidays import also_called, countries, is_country, subdivisions
from services.kit.audit import note
from services.kit.errors import FieldErrors
from services.kit.house import Actor, House
from storage.again import run_again
from storage.tables import HolidayRegion


@run_again
async def choose_region(house: House, actor: Actor, country: str, subdivision: str, *, rather_not: bool) -> None:
    """One's own; no country is none. Raises FieldErrors(country, subdivision)."""
    now = house.clock.now()
    if country and not is_country(country):
        raise FieldErrors({"country": "Choose a country from the list."})
    if subdivision and subdivision not in dict(subdivisions(country)):
        raise FieldErrors({"subdivision": "Choose a region of that country, or leave this empty."})
    async with house.database.transaction() as tx:
        if not country:
            await tx.availability.remove_region(actor.workspace_id, actor.user_id)
            note(tx, actor, now, "away.region", "has no public holidays any more")
            return
        row = HolidayRegion(
            workspace_id=actor.workspace_id,
            user_id=actor.user_id,
            country=country,
            subdivision=subdivision,
            rather_not=rather_not,
            chosen_at=now,
        )
        await tx.availability.set_region(row)
        note(tx, actor, now, "away.region", f"chose the public holidays of {region_name(country, subdivision)}")


def region_name(country: str, subdivision: str = "") -> str:
    """``Germany``, or ``Germany, Bayern``."""
    name = dict(countries()).get(country, country)
    part = dict(subdivisions(country)).get(subdivision, subdivision) if subdivision else ""
    return f"{name}, {part}" if part else name


def countries_called(text: str) -> list[tuple[str, str]]:
    """Those whose name has every word of ``text``, or of which it is a code; those that begin with it first."""
    wanted = text.strip().casefold()
    coded = [one for one in countries() if wanted in also_called(one[0])]
    return coded + [one for one in _called(countries(), text) if one not in coded]


def subdivisions_called(country: str, text: str) -> list[tuple[str, str]]:
    """The same of the parts of a country."""
    return _called(subdivisions(country), text)


def _called(known: tuple[tuple[str, str], ...], text: str) -> list[tuple[str, str]]:
    wanted = text.strip().casefold()
    fit = [one for one in known if one[0].casefold() == wanted or all(w in one[1].casefold() for w in wanted.split())]
    return sorted(fit, key=lambda one: (one[0].casefold() != wanted, not one[1].casefold().startswith(wanted), one[1]))
