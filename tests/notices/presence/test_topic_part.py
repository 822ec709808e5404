"""Baton's part of a topic, and everything else, which is a person's."""

from __future__ import annotations

import html

from hypothesis import given, settings
from hypothesis import strategies as st

from notices.presence.topic_part import CLOSE, MOST, OPEN, Entry, Topic, fitting, length, same

ALICE = Entry("Payments", "Primary", ("Alice Johnson",))
BOB = Entry("Payments", "Secondary", ("Bob Smith",))
NIGHT = Entry("Night watch", "Primary", ("Carol Diaz",), fallback=True)


def test_it_names_roles_and_people_and_schedules_only_where_there_are_several() -> None:
    assert fitting([ALICE, BOB], MOST) == "‹On call · Primary: Alice Johnson · Secondary: Bob Smith›"
    assert fitting([ALICE, NIGHT], MOST) == (
        "‹On call · Payments Primary: Alice Johnson · Night watch Primary: Carol Diaz (fallback)›"
    )
    assert fitting([Entry("Payments", "Primary", ())], MOST) == "‹On call · Primary: nobody›"


def test_it_says_less_where_there_is_less_room_and_nothing_where_there_is_none() -> None:
    said = [fitting([ALICE, BOB, NIGHT], room) for room in range(140)]
    assert list(dict.fromkeys(said)) == [
        "",
        "‹On call · Alice +2›",
        "‹On call · Alice, Bob +1›",
        "‹On call · Alice, Bob, Carol›",
        "‹On call · Alice Johnson, Bob Smith, Carol Diaz›",
        "‹On call · Primary: Alice · Secondary: Bob · Primary: Carol (fallback)›",
        "‹On call · Primary: Alice Johnson · Secondary: Bob Smith · Primary: Carol Diaz (fallback)›",
        "‹On call · Payments Primary: Alice Johnson · Payments Secondary: Bob Smith · "
        "Night watch Primary: Carol Diaz (fallback)›",
    ]


def test_only_what_stands_between_the_marks_is_rewritten() -> None:
    topic = Topic.of("Deploys  frozen ‹On call · Primary: Bob› see <https://x|wiki>")
    assert topic.with_part("‹On call · A›") == "Deploys  frozen ‹On call · A› see <https://x|wiki>"
    assert topic.without() == "Deploys  frozen see <https://x|wiki>"
    assert Topic.of("").with_part("‹On call · A›") == "‹On call · A›"
    assert Topic.of("Deploys").with_part("‹On call · A›") == "Deploys ‹On call · A›"


def test_a_part_that_lost_a_mark_is_still_known_by_what_was_written() -> None:
    written = "‹On call · Primary: Bob›"
    assert Topic.of("A ‹On call · Primary: Bob B", written) == Topic("A ", "‹On call · Primary: Bob", " B")
    assert Topic.of("A On call · Primary: Bob› B", written).without() == "A B"
    assert Topic.of("On call is Bob", written).part == ""


def test_a_name_can_neither_end_the_part_nor_make_a_mention() -> None:
    part = fitting([Entry("S", "Ops › <!channel>", ("Eve ‹Root› & co\n",))], MOST)
    assert part == "‹On call · Ops &gt; &lt;!channel&gt;: Eve &lt;Root&gt; &amp; co›"
    assert same(part, html.unescape(part).replace("Ops >", "Ops >"))


words = st.text(max_size=80).filter(lambda text: OPEN not in text and CLOSE not in text)
named = st.builds(Entry, words, words, st.lists(words, max_size=4).map(tuple), st.booleans())


@settings(max_examples=50, deadline=None)
@given(words, words, st.lists(named, min_size=1, max_size=4))
def test_whatever_people_write_stays_and_a_topic_is_never_too_long(
    before: str, after: str, entries: list[Entry]
) -> None:
    typed = Topic.of(before + after)
    text = typed.with_part(fitting(entries, typed.room))
    assert length(text) <= max(MOST, length(before + after))
    written = Topic.of(text)
    if written.part:
        assert written.without().strip() == (before + after).strip()
        again = Topic.of(written.with_part(fitting(entries, written.room)))
        assert again.without().strip() == (before + after).strip()
