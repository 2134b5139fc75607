"""Processes that queue replies and send what is queued, until they are killed.

    python send_replies.py

It reads lines of an address, a desk file, a file of replies to queue (lines of a case, a key and a
text) and a file for what it says, forks a process for each that has everything imported already,
and prints its number. That process writes ``opening`` and ``opened``, queues and sends for ever.
"""

# ruff: noqa: T201  what it prints is its answer

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

from scskit import open_desk
from scskit.desk import outbox, replies  # noqa: F401  what the forks find imported


def work(url: str, config: str, given: str) -> None:
    """Queue some replies, and send whatever is queued."""
    print("opening", flush=True)
    with open_desk(url, config) as desk:
        print("opened", flush=True)
        for line in Path(given).read_text(encoding="utf-8").splitlines():
            case_id, key, text = line.split("\t")
            desk.replies.send(case_id, text, by="agent:ana", key=key)
        while True:
            ready = desk.outbox.run(limit=20).next_ready
            left = (ready - datetime.now(UTC)).total_seconds() if ready else 0.05
            sleep(min(0.05, max(0.0, left)))


def main() -> None:
    """Fork a process for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to wait for the dead
    for line in sys.stdin:
        url, config, given, output = line.rstrip("\n").split("\t")
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        try:
            sys.stdout = Path(output).open("w", encoding="utf-8")  # noqa: SIM115  till it dies
            work(url, config, given)
        except BaseException as error:  # noqa: BLE001  whoever reads the file hears of it
            print("failed", repr(error), flush=True)
        finally:
            os._exit(0)


if __name__ == "__main__":
    main()
