"""Rich text blocks as lines of text."""

from sandbox.slack.model import Json
from sandbox.slack.mrkdwn import Reader


def rich_text_lines(block: Json, reader: Reader) -> list[str]:
    lines: list[str] = []
    for element in block.get("elements", ()):
        if element["type"] == "rich_text_list":
            lines.extend(_list_lines(element, reader))
        else:
            lines.extend(_inline(element, reader).split("\n"))
    return lines


def _list_lines(element: Json, reader: Reader) -> list[str]:
    first = element.get("offset", 0) + 1
    ordered = element.get("style") == "ordered"
    indent = "  " * element.get("indent", 0)
    return [
        f"{indent}{f'{number}.' if ordered else '•'} {_inline(item, reader)}"
        for number, item in enumerate(element["elements"], start=first)
    ]


def _inline(section: Json, reader: Reader) -> str:
    return "".join(_leaf(leaf, reader) for leaf in section.get("elements", ()))


def _leaf(leaf: Json, reader: Reader) -> str:
    match leaf["type"]:
        case "text":
            return leaf["text"]
        case "link":
            return leaf.get("text") or leaf["url"]
        case "user":
            return reader.user(leaf["user_id"])
        case "channel":
            return reader.channel(leaf["channel_id"])
        case "usergroup":
            return reader.group(leaf["usergroup_id"])
        case "emoji":
            return f":{leaf['name']}:"
        case "date":
            return reader.date(leaf["timestamp"], leaf["format"])
        case "broadcast":
            return f"@{leaf['range']}"
        case _:
            return str(leaf.get("value", ""))
