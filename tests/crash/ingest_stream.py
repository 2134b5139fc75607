"""Processes that take in a numbered stream and say what was acknowledged, until they are killed.

    python ingest_stream.py

It reads lines of an address, a seed and a file, forks a process for each that has everything
imported already, and prints its number. That process writes ``opening``, ``opened``, and after
each call to ``ingest`` the numbers of its items.
"""

# ruff: noqa: S311, T201  made-up traffic; what it prints is its answer

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from random import Random

from scskit import open_desk
from scskit.testing import FakeClock, brand_reply, edit, message, receipt

LENGTH = 1200
CONVERSATIONS = 9
PEOPLE = 4
SIZES = (1, 1, 1, 2, 5, 20, 100)


def stream() -> list[object]:
    """Return the whole stream: messages, answers (some too early), edits and receipts."""
    items: list[object] = []
    question = message(by="person-0", thread="t0", external_id="0")
    answer = brand_reply(question, external_id="answer-0")
    for number in range(LENGTH):
        kind = number % 6
        if kind in {0, 1, 2}:
            question = message(
                f"message {number}",
                by=f"person-{number % PEOPLE}",
                thread=f"t{number % CONVERSATIONS}",
                external_id=str(number),
            )
            items.append(question)
        elif kind == 3:
            # Every other answer comes before its question, the last ones for ever.
            to = question if number % 12 == 3 else str(number + 15)
            answer = brand_reply(to, f"answer {number}", external_id=str(number))
            items.append(answer)
        elif kind == 4:
            items.append(edit(question, f"edited {number}"))
        else:
            items.append(receipt(answer, "read"))
    return items


def take_in(url: str, seed: str) -> None:
    """Take the stream in, in batches of various sizes."""
    random = Random(seed)
    items = stream()
    print("opening", flush=True)
    with open_desk(url, discover=False, clock=FakeClock()) as desk:
        print("opened", flush=True)
        start = 0
        while start < len(items):
            end = start + random.choice(SIZES)
            report = desk.ingest(items[start:end])
            numbers = range(start, start + len(report.outcomes))
            print("ack", *numbers, ".", flush=True)
            start = end


def main() -> None:
    """Fork a process for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to wait for the dead
    for line in sys.stdin:
        url, seed, output = line.rstrip("\n").split("\t")
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        try:
            sys.stdout = Path(output).open("w", encoding="utf-8")  # noqa: SIM115  till it dies
            take_in(url, seed)
            print("done", flush=True)
        except BaseException as error:  # noqa: BLE001  whoever reads the file hears of it
            print("failed", repr(error), flush=True)
        finally:
            os._exit(0)


if __name__ == "__main__":
    main()
