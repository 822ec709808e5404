"""Starts ``baton run`` again and again without the second that importing takes: one fork per line on standard input.

Every fork is a process of its own that runs the ordinary command line, and dies as such. Its number is printed when it
is started, and an empty line when it is dead.
"""

from __future__ import annotations

import os
import sys

import bot.cli
import bot.run


def main() -> None:
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.argv = ["baton", "run"]
            bot.cli.main()
            os._exit(0)
        _say(str(child))
        os.waitpid(child, 0)
        _say("")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
