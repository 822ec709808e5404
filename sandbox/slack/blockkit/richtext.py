"""Rich text: sections, lists, quotes and preformatted text, and the pieces they are made of."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.slack.blockkit.engine import (
    Check,
    boolean,
    integer,
    items,
    matching,
    number,
    one_of,
    record,
    tagged,
    text,
    typed,
)
from sandbox.slack.blockkit.objects import IDENTIFIER, LONGEST_TEXT, URL

_STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")
_STYLE: Mapping[str, Check] = {"style": record({}, dict.fromkeys(_STYLES, boolean))}
_PIECE_TEXT = text(1, 40_000)
_BORDER: Mapping[str, Check] = {"border": integer(0, 1)}

_PIECES: Mapping[str, Check] = {
    "text": typed({"text": _PIECE_TEXT}, _STYLE),
    "link": typed({"url": URL}, {**_STYLE, "text": _PIECE_TEXT, "unsafe": boolean}),
    "emoji": typed({"name": text(1, 255)}, {**_STYLE, "unicode": text(1, 255), "skin_tone": integer(1, 6), "url": URL}),
    "user": typed({"user_id": IDENTIFIER}, _STYLE),
    "usergroup": typed({"usergroup_id": IDENTIFIER}, _STYLE),
    "channel": typed({"channel_id": IDENTIFIER}, _STYLE),
    "team": typed({"team_id": IDENTIFIER}, _STYLE),
    "broadcast": typed({"range": one_of("here", "channel", "everyone")}, _STYLE),
    "color": typed({"value": matching("#?[0-9A-Fa-f]{6}", "a colour as #rrggbb")}, _STYLE),
    "date": typed(
        {"timestamp": number, "format": text(1, LONGEST_TEXT)},
        {**_STYLE, "url": URL, "fallback": text(1, LONGEST_TEXT)},
    ),
}

_PIECE = tagged(_PIECES, "rich text element type", elsewhere=("rich_text_section", "rich_text_list"))
_PLAIN_PIECE = tagged(
    {kind: _PIECES[kind] for kind in ("text", "link")}, "rich text element type", elsewhere=_PIECES.keys()
)

# The composer writes sections without elements for empty list items and empty table cells.
_SECTION = typed({"elements": items(_PIECE, 0, 1000, "element")})
_LIST = typed(
    {
        "style": one_of("bullet", "ordered"),
        "elements": items(tagged({"rich_text_section": _SECTION}, "rich text type"), 1, 1000, "element"),
    },
    {**_BORDER, "indent": integer(0, 8), "offset": integer(0, 1_000_000)},
)
_QUOTE = typed({"elements": items(_PIECE, 1, 1000, "element")}, _BORDER)
_PREFORMATTED = typed({"elements": items(_PLAIN_PIECE, 1, 1000, "element")}, {**_BORDER, "language": text(1, 255)})

_PARTS: Mapping[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_list": _LIST,
    "rich_text_quote": _QUOTE,
    "rich_text_preformatted": _PREFORMATTED,
}

RICH_TEXT_BLOCK = typed(
    {"elements": items(tagged(_PARTS, "rich text type"), 1, 1000, "element")}, {"block_id": IDENTIFIER}
)
RICH_TEXT = tagged({"rich_text": RICH_TEXT_BLOCK}, "type")
