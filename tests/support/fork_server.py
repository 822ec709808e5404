"""``python -m tests.support.fork_server SOCKET``: makes processes of Baton's that need not import everything again.

A process begins as a fork of this one, which has done the imports, and has been through a start of Baton's of which
nothing is left but what was compiled (:mod:`tests.support.one_start`): no loop, no thread, no open file.
From then on it is like any other: its own environment, folder, standard streams and exit status; it gets its own
signals and ends as the interpreter does, without taking apart what was imported, which is half a second. One request is
one connection: a line of JSON with the streams beside it, output, error and perhaps input, answered by the process's
number, and by its status once it has ended. The server ends when its standard input does, which all processes of a
run of the suite may hold open.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import sys
import threading
import traceback
from typing import Any, NoReturn

LONGEST = 1 << 20


def main(path: str) -> None:
    import bot.cli
    import bot.reseal
    import bot.run  # noqa: F401 (what the processes have in common)
    import storage.postgres  # noqa: F401 (which those on SQLite leave out)
    from tests.support.engines import lent_engines
    from tests.support.one_start import go_through_it

    with lent_engines():
        go_through_it()
    gc.collect()
    gc.freeze()
    with lent_engines():
        begun = _serve(path)
        if begun is not None:
            _end(_become(begun))
    shutil.rmtree(os.path.dirname(path))


def _serve(path: str) -> dict[str, Any] | None:
    """What this process is to become, in a new one; None in the server itself, at its end."""
    waiting: dict[int, socket.socket] = {}
    woken, wake = socket.socketpair()
    for end in (woken, wake):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path + ".new")
    listening.listen()
    os.rename(path + ".new", path)
    watched = selectors.DefaultSelector()
    for one in (sys.stdin, woken, listening):
        watched.register(one, selectors.EVENT_READ)
    while True:
        ready = {key.fileobj for key, _ in watched.select()}
        if sys.stdin in ready:
            return None
        if woken in ready:
            woken.recv(1024)
            _reap(waiting)
        if listening in ready:
            connection = listening.accept()[0]
            request, streams = _received(connection)
            number = os.fork()
            if not number:
                _let_go(watched, listening, connection, woken, wake, *waiting.values())
                return {**request, "streams": streams}
            for stream in streams:
                os.close(stream)
            connection.sendall(f"{number}\n".encode())
            waiting[number] = connection


def _received(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    text, streams, *_ = socket.recv_fds(connection, LONGEST, 3)
    while not text.endswith(b"\n"):
        text += connection.recv(LONGEST)
    return json.loads(text), streams


def _reap(waiting: dict[int, socket.socket]) -> None:
    while waiting:
        number, status = os.waitpid(-1, os.WNOHANG)
        if not number:
            return
        with waiting.pop(number) as connection:
            connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _let_go(watched: selectors.BaseSelector, *sockets: socket.socket) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    watched.close()
    for one in sockets:
        one.close()


def _become(request: dict[str, Any]) -> int:
    """Its exit status."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for place, stream in zip((1, 2, 0), request["streams"], strict=False):
        os.dup2(stream, place)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv[1:] = request["words"]
    try:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _end(status: int) -> NoReturn:
    """As the interpreter does: threads end, whoever asked to hear of it does, and what was said is written."""
    vars(threading)["_shutdown"]()
    vars(atexit)["_run_exitfuncs"]()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1])
