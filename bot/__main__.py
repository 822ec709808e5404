"""``python -m bot`` is ``baton``."""

from bot.cli import main

main()
