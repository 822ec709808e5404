"""Names in Slack's own marks: they change nothing around them, and can be copied back."""

from __future__ import annotations

import pytest

from notices.texts.marks import as_typed, escape


@pytest.mark.parametrize(
    "name", ["*R & D*", "_x_", "~gone~", "`code`", "a * b", "A & <B> *c* _d_ `e` ~f~", "**", "snake_case", "2*3"]
)
def test_no_name_starts_or_ends_a_style(name: str) -> None:
    shown = escape(name)
    assert "`" not in shown
    for place, sign in enumerate(shown):
        if sign in "*_~":
            assert shown[place - 1].isalnum()
            assert shown[place + 1].isalnum()


def test_marks_inside_of_words_stay_as_they_are() -> None:
    assert escape("snake_case 2*3") == "snake_case 2*3"


@pytest.mark.parametrize("name", ["*R*", "_x_ `e`", "~f~ snake_case"])
def test_a_copied_name_is_the_name(name: str) -> None:
    assert as_typed(escape(name)) == name
