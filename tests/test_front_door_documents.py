"""What the documents say is there."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from slack_bolt.async_app import AsyncApp

import handlers
from bot.cli import app
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LARGEST = 300_000
ROOM = {document.relative_to(ROOT).as_posix(): document for document in DOCUMENTS}


def words() -> set[str]:
    listeners = handlers.register(AsyncApp(name="tests", token="xoxb-1", signing_secret="s"), house=None)  # type: ignore[arg-type]
    return set(listeners.words)


@pytest.mark.parametrize("name", ROOM)
def test_every_link_to_a_file_leads_somewhere(name: str) -> None:
    text = ROOM[name].read_text()
    links = re.findall(r"\]\(([^)#:]+)\)|src=\"([^\":]+)\"", text)
    missing = [link for pair in links for link in pair if link and not (ROOM[name].parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("name", ROOM)
def test_every_command_that_is_named_exists(name: str) -> None:
    text = ROOM[name].read_text()
    assert set(re.findall(r"/oncall ([a-z]+)", text)) <= words()
    known = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert set(re.findall(r"(?:bin/|`)baton ([a-z]+)(?=`|\n)", text)) <= known


def test_the_page_of_commands_is_what_the_code_says() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "pictures" / "source" / "commands.py"))
    assert (ROOT / "docs" / "commands.md").read_text() == script["written"](), "make commands"


def test_every_setting_is_explained_and_none_besides() -> None:
    explained = set(re.findall(r"`((?:SLACK|BATON|PAGERDUTY)_[A-Z_]+)`", (ROOT / "docs" / "install.md").read_text()))
    known = {str(field.validation_alias.choices[0]) for field in Settings.model_fields.values()}  # type: ignore[union-attr]
    assert explained == known


def test_the_defaults_of_settings_are_as_the_documents_say() -> None:
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|.*\| ([^|]*) \|$", (ROOT / "docs" / "install.md").read_text(), re.M)
    told = {name: default for names, default in rows for name in re.findall(r"`([A-Z_]+)`", names)}
    for field in Settings.model_fields.values():
        name = str(field.validation_alias.choices[0])  # type: ignore[union-attr]
        if isinstance(field.default, str | int) and not isinstance(field.default, bool):
            assert re.search(rf"(?<![\w/]){re.escape(str(field.default))}(?!\w)", told[name]), name


def test_the_changelog_names_every_word_of_the_command() -> None:
    named = set(re.findall(r"/oncall ([a-z]+)", (ROOT / "CHANGELOG.md").read_text()))
    assert words() - named <= {"help", "schedules"}


def test_the_gallery_stays_small_and_is_linked_as_a_whole() -> None:
    sheets = list((ROOT / "docs" / "pictures" / "gallery").glob("*.png"))
    assert len(sheets) > 10
    assert sum(sheet.stat().st_size for sheet in sheets) < 3_000_000
    index = (ROOT / "docs" / "gallery.md").read_text()
    assert [sheet.name for sheet in sheets if f"gallery/{sheet.name})" not in index] == []


def test_the_pictures_stay_small() -> None:
    pictures = list((ROOT / "docs" / "pictures").glob("*.png"))
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST] == []
