"""A second opinion: what slack_sdk's own models reject for length or count must be refused here as well.

The other direction doesn't hold: the models know nothing of surfaces, uniqueness, unknown keys and several counts.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from sandbox.slack.blockkit import check_blocks, check_message, check_view
from tests.sandbox_blockkit.samples import (
    CONFIRM,
    Json,
    asking,
    block,
    element,
    home,
    modal,
    option,
    options,
    plain,
)
from tests.support.soaking import examples

QUICK = settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def around(limit: int) -> st.SearchStrategy[str]:
    """Texts on both sides of a limit, and good ones as often."""
    lengths = st.sampled_from([1, 2, limit - 1, limit, limit + 1])
    return lengths.map(lambda length: "x" * length)


def about(limit: int) -> st.SearchStrategy[int]:
    return st.sampled_from([1, 2, limit, limit + 1])


BUTTONS = st.builds(
    lambda text, value, name, title: element(
        "button", text=plain(text), value=value, action_id=name, confirm={**CONFIRM, "title": plain(title)}
    ),
    around(75), around(2000), around(255), around(100),
)  # fmt: skip
MENUS = st.builds(
    lambda count, value, placeholder: element(
        "static_select",
        options=[*options(count - 1), option(value)],
        initial_option=None,
        placeholder=plain(placeholder),
    ),
    about(100), around(150), around(150),
)  # fmt: skip

BLOCKS: st.SearchStrategy[Json] = st.one_of(
    st.builds(lambda text: block("section", text=plain(text)), around(3000)),
    st.builds(lambda count: block("section", fields=[plain()] * count), about(10)),
    st.builds(lambda text: block("header", text=plain(text)), around(150)),
    st.builds(lambda name: block("divider", block_id=name), around(255)),
    st.builds(lambda text: block("image", alt_text=text), around(2000)),
    st.builds(lambda count: block("context", elements=[plain()] * count), about(10)),
    st.builds(lambda button, count: block("actions", elements=[button] * count), BUTTONS, about(25)),
    st.builds(lambda count: block("section", accessory=element("overflow", options=options(count))), about(5)),
    st.builds(lambda menu, label: asking(menu, label=plain(label)), MENUS, around(2000)),
)
VIEWS: st.SearchStrategy[Json] = st.builds(
    lambda title, submit, metadata, callback, blocks, repeats: modal(
        title=plain(title),
        submit=plain(submit),
        private_metadata=metadata,
        callback_id=callback,
        blocks=blocks * repeats,
    ),
    around(24), around(24), around(3000), around(255), st.lists(BLOCKS, max_size=3), st.sampled_from([1, 1, 1, 40]),
)  # fmt: skip


def rejected_by_models(view: Json) -> bool:
    """Views are parsed from a copy, because the models change what they are given."""
    try:
        View(**json.loads(json.dumps(view))).validate_json()
        for part in view["blocks"]:
            parsed = Block.parse(json.loads(json.dumps(part)))
            assert parsed is not None, f"the models don't know '{part['type']}'"
            parsed.to_dict()
    except SlackObjectFormationError:
        return True
    return False


@QUICK
@given(VIEWS)
def test_a_view_that_the_sdk_models_reject_is_refused_here(view: Json) -> None:
    if rejected_by_models(view):
        assert check_view(view) != []


def test_the_sdk_models_do_reject_an_overlong_view_and_take_a_good_one() -> None:
    assert rejected_by_models(modal(title=plain("x" * 25)))
    assert not rejected_by_models(modal())
    assert not rejected_by_models(home())


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@st.composite
def damaged(draw: st.DrawFn, value: Any) -> Any:
    """The value with one thing somewhere in it replaced by anything at all."""
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 3)) == 0:
        return draw(JSON_VALUES)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = draw(st.sampled_from(keys))
    copy: Any = value.copy()
    copy[key] = draw(damaged(value[key]))
    return copy


GOOD_BLOCKS = st.sampled_from(
    [block(kind) for kind in ("section", "actions", "input", "rich_text", "table", "data_table", "container", "card")]
    + [asking(element(kind)) for kind in ("static_select", "multi_static_select", "number_input", "plain_text_input")]
)


@QUICK
@given(GOOD_BLOCKS.flatmap(damaged))
def test_no_payload_however_damaged_breaks_the_checks(broken: Any) -> None:
    for problems in (
        check_blocks([broken, block("section")], "message"),
        check_view(modal(blocks=[broken])),
        check_message({"text": "x", "blocks": [broken], "attachments": [{"blocks": broken}]}),
    ):
        assert all(": " in problem for problem in problems)
