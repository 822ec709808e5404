"""Every modal about notices is one that Slack takes, and somebody answers whatever can be pressed in it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from handlers.admin import doctor
from handlers.kit.blocks import View
from handlers.kit.metadata import Metadata
from handlers.notices import preferences as notifications
from handlers.notices import webhooks
from handlers.notices.preferences import channel_form, preferences_form
from handlers.notices.webhook_views import deliveries_view, form, list_view, secret_view
from notices.deciding.topics import CHANNEL_DEFAULTS, PERSONAL_METHODS, Method, Topic
from sandbox.slack.blockkit import check_view
from services.connections.credentials import ConnectionView
from services.connections.drafts import Region
from services.notices.dead_letters import DeadLetter, DeadLetters
from services.notices.preferences import ChannelView, Preferences
from services.notices.webhooks import (
    MOST_WEBHOOKS,
    DeliveryView,
    NewSecret,
    TeamName,
    WebhookView,
)
from tests.support.listening import listeners_of, unanswered

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ODD = "<!channel> `*_~ & |x|> 🦉" * 40
HOOK = WebhookView(1, ODD[:150], "https://example.com/" + "x" * 1900, (ODD,) * 30, NOW)
WANTED = {(topic, method): method is Method.SLACK for topic in Topic for method in PERSONAL_METHODS}


def settings(**values: object) -> ChannelView:
    base: dict[str, object] = {
        "schedule_id": 1,
        "schedule": ODD,
        "time_zone": "America/Argentina/ComodRivadavia",
        "channel_id": "C1",
        "topics": CHANNEL_DEFAULTS,
        "quiet_gaps": True,
        "reminder_hours": 0,
        "digest_day": 7,
        "digest_hour": 23,
        "may_change": True,
    }
    return ChannelView(**{**base, **values})  # type: ignore[arg-type]


LETTERS = tuple(DeadLetter(n, "reminder", "slack", "U1", ODD * 9, NOW) for n in range(2_000))


def drawn(odd: str = ODD) -> dict[str, View]:
    hook = replace(HOOK, name=odd[:150], teams=(odd,) * 30 if odd == ODD else (odd,))
    return {
        "preferences": preferences_form(Preferences(PERSONAL_METHODS, WANTED), Metadata()),
        "preferences without e-mail": preferences_form(Preferences((Method.SLACK,), WANTED), Metadata()),
        "channel": channel_form(
            settings(
                schedule=odd,
            ),
            Metadata(),
        ),
        "channel to read": channel_form(settings(schedule=odd, may_change=False), Metadata()),
        "no channel": channel_form(settings(schedule=odd, channel_id=None, digest_day=None), Metadata()),
        "no webhooks": list_view([]),
        "webhooks": list_view(
            [hook] + [WebhookView(n, "x", "https://a", (), None) for n in range(2, MOST_WEBHOOKS + 1)], "x"
        ),
        "form": form([TeamName(n, odd) for n in range(150)]),
        "form without teams": form([]),
        "secret": secret_view(NewSecret(hook, "whsec_" + "x" * 44)),
        "no deliveries": deliveries_view(hook, []),
        "deliveries": deliveries_view(hook, [DeliveryView(n, NOW, n * 100 or None, odd * 9, 12) for n in range(20)]),
        "well": doctor.view([], DeadLetters((), 0)),
        "unwell": doctor.view(
            [ConnectionView(n, "pagerduty", "acme", Region.EU, False, odd * 9, 3) for n in range(60)],
            DeadLetters(LETTERS, len(LETTERS)),
            "It is on its way again.",
        ),
        "middle webhooks": list_view([replace(hook, id=n) for n in range(1, 71)], "x", number=1),
        "middle of what is not well": doctor.view([], DeadLetters(LETTERS, len(LETTERS)), number=1),
    }


VIEWS = drawn()


@pytest.mark.parametrize("name", VIEWS)
def test_slack_takes_it_and_everything_in_it_is_answered(name: str) -> None:
    view: View = VIEWS[name]
    assert check_view(view) == []
    assert list(unanswered(view, listeners_of(notifications, webhooks, doctor))) == []


def test_a_webhook_can_be_for_any_of_a_thousand_teams() -> None:
    picker = form([TeamName(number, f"Team {number}") for number in range(1_000)])["blocks"][-1]["element"]
    offered = [option["value"] for group in picker["option_groups"] for option in group["options"]]
    assert offered == [str(number) for number in range(1_000)]
