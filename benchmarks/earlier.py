"""An earlier commit of Baton beside this one, so that both are measured in one run.

Each side is a script that uses only what both trees have, run by a process of its own with ``PYTHONPATH`` on its tree;
the last line that it prints is a JSON object.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BEFORE = "286dd81"
"""The commit that the targets of speed are compared with."""


@contextmanager
def earlier(commit: str = BEFORE) -> Generator[Path]:
    """The tree of ``commit``, in a folder that goes away afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", tree, commit], cwd=ROOT, check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)


def measured_in(tree: Path, script: str, *arguments: object) -> dict[str, Any]:
    """What ``script``, a file beside this one, prints of Baton in ``tree``."""
    work = [sys.executable, str(Path(__file__).parent / script), *map(str, arguments)]
    done = subprocess.run(work, cwd=tree, env={"PYTHONPATH": str(tree)}, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])
