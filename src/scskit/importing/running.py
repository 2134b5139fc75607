"""The import itself: read, put in order, take in, count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Literal

from attrs import frozen

from scskit.core.account import Account
from scskit.core.errors import ConfigError
from scskit.core.ids import AccountId
from scskit.core.interaction import Message
from scskit.desk.desk import Desk
from scskit.desk.report import Outcome
from scskit.importing.converting import Converter
from scskit.importing.mapping import RowMap
from scskit.importing.reading import open_rows
from scskit.importing.source import open_source
from scskit.importing.spooling import Spool, Spooled, open_spool
from scskit.wire.text import decode, encode

MOST_REASONS = 5

_ACTOR = "system:import"


@frozen(kw_only=True)
class Progress:
    """How far an import is.

    Attributes:
        stage: the file is read first, then its rows are applied.
        done: bytes of the file, or rows.
        total: of how many; 0 when nobody knows, as for a pipe.
    """

    stage: Literal["reading", "applying"]
    done: int
    total: int


@frozen(kw_only=True)
class ImportSummary:
    """What became of a file.

    Attributes:
        rows: how many rows it has; the sum of the four numbers that follow.
        applied: rows that are part of a case now, or posts of the brand that answer nobody.
        duplicate: rows that the desk had already.
        parked: rows that wait for the message which they answer.
        quarantined: rows that could not be understood; they are kept.
        reasons: why, for the first of these.
        rejected_file: where all of these are; None if there are none.
    """

    rows: int
    applied: int
    duplicate: int
    parked: int
    quarantined: int
    reasons: tuple[str, ...] = ()
    rejected_file: Path | None = None

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        return {
            "rows": self.rows,
            "applied": self.applied,
            "duplicate": self.duplicate,
            "parked": self.parked,
            "quarantined": self.quarantined,
        }


def import_file(  # noqa: PLR0913  one argument per choice of the caller
    desk: Desk,
    path: Path,
    row_map: RowMap,
    *,
    history: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
    rejected_path: Path | None = None,
) -> ImportSummary:
    """Take a file into a desk, in the order in which its rows were written by people.

    Nothing is taken in before the whole file has been read once. An import that was interrupted
    is continued by running it again: what the desk has already is a duplicate.

    Args:
        desk: the desk. If it has no declared accounts, those that the rows name are made.
        path: CSV or JSON Lines, plain or gzipped.
        row_map: which column is what.
        history: record everything at the time it happened instead of now.
        on_progress: called from time to time.
        rejected_path: where to write the rows that go into quarantine, if there are any; by
            default ``FILE.rejected.jsonl`` in the current directory.

    Raises:
        ConfigError: the file cannot be read, or lacks columns that the map names; there is no
            folder for that of rejected rows, or it cannot be written after all rows were taken in.
        StoreError: the database, or the temporary file, cannot be written.
    """
    target = rejected_path or Path(f"{path.name}.rejected.jsonl")
    if not target.parent.is_dir():
        message = f"{target}: cannot be written: there is no folder {target.parent}"
        raise ConfigError(message)
    with open_spool() as spool:
        converter, total = _read(path, row_map, spool, on_progress)
        run = _Import(desk, row_map.network, spool, converter, history=history)
        for done in run.apply():
            on_progress(Progress(stage="applying", done=done, total=total))
        run.settle()
        reasons = _write_rejected(spool, converter, target)
        counts = {state: run.counts[state] for state in _STATES}
        return ImportSummary(
            rows=total,
            **counts,
            reasons=reasons,
            rejected_file=target if counts["quarantined"] else None,
        )


_STATES = ("applied", "duplicate", "parked", "quarantined")


def _read(
    path: Path, row_map: RowMap, spool: Spool, on_progress: Callable[[Progress], None]
) -> tuple[Converter, int]:
    """Read the whole file into the spool; return the converter and the number of rows."""
    total = 0
    with open_source(path) as source:
        rows = open_rows(source, row_map)
        converter = Converter(row_map, rows)
        for total in spool.fill(map(converter.convert, rows)):  # noqa: B007  the last one counts
            on_progress(Progress(stage="reading", done=source.position, total=source.size))
        rows.check()
    return converter, total


class _Import:
    """Rows on their way into the desk, and what became of them so far."""

    def __init__(
        self, desk: Desk, network: str, spool: Spool, converter: Converter, *, history: bool
    ) -> None:
        self._desk = desk
        self._network = network
        self._spool = spool
        self._converter = converter
        self._history = history
        self._accounts = set(desk.accounts)
        self.counts: Counter[str] = Counter()

    def apply(self) -> Iterator[int]:
        """Take all rows in; yield how many so far."""
        done = 0
        for batch in self._spool.ordered():
            outcomes = self._ingest(batch)
            self.counts.update(outcome.state for outcome in outcomes)
            self._note(batch, outcomes)
            done += len(batch)
            yield done

    def _ingest(self, batch: list[Spooled]) -> list[Outcome]:
        make = self._converter.message
        items = [decode(row.kept) if row.problem else make(row.at, row.raw) for row in batch]
        if not self._desk.policy.accounts:
            for item in items:
                if isinstance(item, Message) and item.account not in self._accounts:
                    self._meet(item.account)
        return self._desk.ingest(items, history=self._history).outcomes

    def _meet(self, account: str) -> None:
        """Make an account known; what cannot be one is left to the desk to refuse."""
        self._accounts.add(account)
        if ":" not in account and account.isprintable():
            handle = "" if " " in account else account
            self._desk.add_account(
                Account(id=AccountId(account), network=self._network, handle=handle), by=_ACTOR
            )

    def _note(self, batch: list[Spooled], outcomes: list[Outcome]) -> None:
        pairs = list(zip(batch, outcomes, strict=True))
        self._spool.note_rejected(
            (row.line, row.problem or outcome.reason)
            for row, outcome in pairs
            if outcome.state == "quarantined"
        )
        # A duplicate without an interaction is one that an interrupted import left parked.
        self._spool.note_waiting(
            (row.line, outcome.state == "parked")
            for row, outcome in pairs
            if outcome.state in {"parked", "duplicate"} and outcome.interaction_id is None
        )

    def settle(self) -> None:
        """Apply the brand's replies to messages that are not in the file, and count again."""
        release = self._desk.intake.release
        if not any(self._waiting()):
            return
        while any(
            outcome.state == "applied"
            for outcome in release(
                older_than=timedelta(0), history=self._history, by=_ACTOR
            ).outcomes
        ):
            pass
        for batch in self._spool.waiting(counted=True):
            found = self._ingest(batch)
            settled = sum(outcome.interaction_id is not None for outcome in found)
            self.counts["parked"] -= settled
            self.counts["applied"] += settled

    def _waiting(self) -> Iterator[list[Spooled]]:
        for counted in (True, False):
            yield from self._spool.waiting(counted=counted)


def _write_rejected(spool: Spool, converter: Converter, path: Path) -> tuple[str, ...]:
    """Write the rejected rows, if there are any; return the first reasons."""
    reasons: list[str] = []
    rows = spool.rejected()
    first = next(rows, None)
    if first is None:
        return ()
    try:
        with path.open("w", encoding="utf-8") as file:
            for row in chain((first,), rows):
                line = {"line": row.line, "reason": row.reason, "row": converter.raw(row.raw)}
                file.write(f"{encode(line)}\n")
                if len(reasons) < MOST_REASONS:
                    reasons.append(f"line {row.line}: {row.reason}")
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror}: see the desk's quarantine instead"
        raise ConfigError(message) from error
    return tuple(reasons)
