"""What Slack would refuse: Block Kit blocks, views and messages checked by shape, length, count and surface.

Every function returns a list of problems, each `place: reason` with the place as a JSON pointer without its leading
slash (`blocks/3/accessory/options/0/text`). An empty list means that Slack would take the payload.
"""

from sandbox.slack.blockkit.surfaces import check_blocks
from sandbox.slack.blockkit.views import MAX_VIEW_BYTES, check_message, check_view, view_size

__all__ = ["MAX_VIEW_BYTES", "check_blocks", "check_message", "check_view", "view_size"]
