"""The lines of an app's manifest that its users see: slash commands, shortcuts, and whether there is a Home tab.

A manifest is YAML. Read here are lists of flat entries and single flags, as Slack writes them when it exports one; that
is all the page needs, and no reason to depend on a YAML library.
"""

from __future__ import annotations

import re

from sandbox.browser.ports import Command, Features, Shortcut

_LINE = re.compile(r"^(?P<indent> *)(?P<dash>- )?(?P<name>\w+): *(?P<value>.*)$")


def features_of(manifest: str) -> Features:
    commands = tuple(
        Command(one["command"], one.get("description", ""), one.get("usage_hint", ""))
        for one in _entries(manifest, "slash_commands")
    )
    shortcuts = tuple(
        Shortcut(one["name"], one["type"], one["callback_id"], one.get("description", ""))
        for one in _entries(manifest, "shortcuts")
    )
    has_home, is_read_only = (
        _is_set(manifest, name) for name in ("home_tab_enabled", "messages_tab_read_only_enabled")
    )
    return Features(commands, shortcuts, has_home, is_read_only)


def _is_set(manifest: str, name: str) -> bool:
    return bool(re.search(rf"^ *{name}: *true\b", manifest, re.M))


def _entries(manifest: str, name: str) -> list[dict[str, str]]:
    """The entries of a list; it ends with the first line that is indented less than its dashes."""
    found: list[dict[str, str]] = []
    inside, least = False, 0
    for line in manifest.splitlines():
        parts = _LINE.match(line)
        if parts is None or line.lstrip().startswith("#"):
            continue
        indent = len(parts["indent"])
        if inside and (indent < least or (indent == least and not parts["dash"])):
            inside = False
        if inside:
            if parts["dash"]:
                found.append({})
            found[-1][parts["name"]] = _plain(parts["value"])
        elif parts["name"] == name and not parts["value"]:
            inside, least = True, indent
    return [one for one in found if one]


def _plain(value: str) -> str:
    value = value.strip()
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value.partition(" #")[0].strip()
