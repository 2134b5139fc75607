"""Open a desk, fork, and let both processes work; run as ``python forking.py URL MESSAGES``."""

from __future__ import annotations

import os
import sys

from scskit import open_desk
from scskit.testing import message


def main() -> None:
    """Ingest in the parent and in the child at once, each with what they have of the desk."""
    with open_desk(sys.argv[1], discover=False) as desk:
        desk.ingest([message(external_id="before")])
        child = os.fork()
        who = "parent" if child else "child"
        for number in range(int(sys.argv[2])):
            desk.ingest([message(external_id=f"{who}.{number}")])
        if not child:
            os._exit(0)  # as multiprocessing does: nothing of the parent's is closed
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        desk.ingest([message(external_id="after")])


if __name__ == "__main__":
    main()
