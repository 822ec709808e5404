"""What a browser shows when an installation did not come about."""

from __future__ import annotations

import pytest

from bot.install_pages import UNREACHABLE, failure_page


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("access_denied", "Nothing was changed."),
        ("invalid_state", "works once, for ten minutes"),
        ("invalid_browser", "works once, for ten minutes"),
        (UNREACHABLE, "Begin again in a while."),
        ("invalid_team_for_non_distributed_app", "Slack said: invalid_team_for_non_distributed_app."),
    ],
)
def test_the_page_says_what_happened_and_where_to_begin_again(reason: str, said: str) -> None:
    page = failure_page(reason, 400).body
    assert said in page
    assert '<a href="install">Begin again</a>' in page


def test_only_what_looks_like_a_word_of_slacks_is_quoted() -> None:
    page = failure_page("<script>call 555 1234</script>", 200).body
    assert "555" not in page
    assert "something unknown" in page
