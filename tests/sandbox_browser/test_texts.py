"""Slack's markup as nodes, and the lines of a manifest that people see."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.browser.manifest import features_of
from sandbox.browser.texts import drawn, mrkdwn
from sandbox.slack.clock import Clock
from sandbox.slack.mrkdwn import Reader
from sandbox.slack.world import World


@pytest.fixture
def reader() -> Reader:
    world = World(Clock())
    team = world.add_team("Sandbox", "sandbox")
    alice = world.add_user(team, "alice", real_name="Alice", email="", tz="Asia/Kolkata")
    team.users["U1"] = alice
    return Reader(team, ZoneInfo("Asia/Kolkata"), datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("plain &lt;b&gt; &amp; more", ["plain <b> & more"]),
        ("*bold <@U1>* no*pe*", [
            {"kind": "bold", "nodes": ["bold ", {"kind": "user", "id": "U1", "text": "@alice"}]}, " no*pe*"]),
        ("_~both~_", [{"kind": "italic", "nodes": [{"kind": "strike", "nodes": ["both"]}]}]),
        ("`*as it is*`", [{"kind": "code", "text": "*as it is*"}]),
        ("```a\n*b*```after", [{"kind": "pre", "text": "a\n*b*"}, "after"]),
        ("say\n&gt; one\n&gt; two\nend", ["say", {"kind": "quote", "nodes": ["one\ntwo"]}, "end"]),
        ("<https://a.example/x_y_z|label>", [{"kind": "link", "url": "https://a.example/x_y_z", "nodes": ["label"]}]),
        ("<javascript:alert(1)|press>", ["press"]),
        ("<!date^1772359200^{date_num} {time}|then>", [{"kind": "date", "text": "2026-03-01 3:30 PM"}]),
        ("<!here> :white_check_mark:", [{"kind": "group", "text": "@here"}, " ✅"]),
        ("see https://a.example/b.", [
            "see ", {"kind": "link", "url": "https://a.example/b", "nodes": ["https://a.example/b"]}, "."]),
    ],
)  # fmt: skip
def test_markup_becomes_nodes(reader: Reader, text: str, nodes: list[Any]) -> None:
    assert mrkdwn(text, reader) == nodes


def test_blocks_get_the_words_to_show_beside_what_the_app_sent(reader: Reader) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*on* call"}}
    button = {"type": "button", "text": {"type": "plain_text", "text": ":wastebasket: Remove"}}
    rich = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]}
    shown = drawn(
        [section, {"type": "actions", "elements": [button]}, {"type": "rich_text", "elements": [rich]}], reader
    )
    assert shown[0]["text"]["nodes"] == [{"kind": "bold", "nodes": ["on"]}, " call"]
    assert shown[1]["elements"][0]["text"]["shown"] == "🗑 Remove"
    assert shown[2]["elements"][0]["elements"][0]["shown"] == "@alice"
    assert "nodes" not in section["text"]


def test_of_batons_manifest_people_see_the_command_and_the_shortcuts() -> None:
    manifest = (Path(__file__).parents[2] / "manifest.yml").read_text()
    features = features_of(manifest)
    assert features.commands[0].name == "/oncall"
    assert features.commands[0].usage_hint.startswith("[")
    assert features.has_home is ("home_tab_enabled: true" in manifest)
    entry = "    - name: Who is on call\n      type: global\n      callback_id: who\n"
    more = f"features:\n  shortcuts:\n{entry}  bot_user:\n    display_name: x\n"
    [found] = features_of(more).shortcuts
    assert (found.name, found.kind, found.callback_id) == ("Who is on call", "global", "who")
