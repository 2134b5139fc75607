"""What could not be understood: kept as it came, tried again on request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from attrs import asdict, evolve, frozen, has

from scskit.core.errors import NotFound
from scskit.core.interaction import IntakeState
from scskit.core.ports import Transaction
from scskit.core.records import Quarantined, Writes
from scskit.desk.admission import repair
from scskit.desk.report import Outcome
from scskit.desk.services import Services
from scskit.wire.inbound import TYPES
from scskit.wire.text import decode, encode

MOST_ATTEMPTS = 5
"""What failed this often is dead, and tried again only when somebody names it."""

_NAMES = {cls: name for name, cls in TYPES.items()}


@frozen(kw_only=True)
class Rejected:
    """An item that goes into quarantine.

    Attributes:
        index: its place in the call.
        reason: why, in words.
        item: what was handed over.
    """

    index: int
    reason: str
    item: object = None


class Quarantine:
    """The tenant's quarantine."""

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services

    def keep(self, rejected: Sequence[Rejected], now: datetime) -> dict[int, Outcome]:
        """Store rejected items and return their outcomes; the same poison is stored once."""
        payloads = {r.index: as_json(r.item) for r in rejected}
        digests = {i: sha256(p.encode()).hexdigest() for i, p in payloads.items()}

        def work(transaction: Transaction) -> dict[str, Quarantined]:
            lines = transaction.quarantined(dict.fromkeys(digests.values()))
            new: list[Quarantined] = []
            for one in rejected:
                digest = digests[one.index]
                line = lines.get(digest)
                if line and line.state != "applied":
                    continue
                if line is None:
                    line = Quarantined(
                        id=self._services.ids.new(now),
                        state="quarantined",
                        reason=repair(one.reason),
                        payload=payloads[one.index],
                        digest=digest,
                        received_at=now,
                    )
                else:
                    line = evolve(line, state="quarantined", reason=repair(one.reason))
                lines[digest] = line
                new.append(line)
            transaction.write(Writes(quarantined=new), now)
            return lines

        lines = self._services.store.run(work)
        self._services.log.warning("quarantined", items=len(rejected))
        return {r.index: _outcome(r, lines[digests[r.index]]) for r in rejected}

    def find(self, *, after: str = "", limit: int = 100, dead: bool = False) -> list[Quarantined]:
        """Return lines that wait to be tried again, or dead ones, oldest first."""
        return self._services.store.quarantine(after, limit, "dead" if dead else "quarantined")

    def chosen(self, ids: Iterable[str]) -> list[Quarantined]:
        """Return lines by id.

        Raises:
            NotFound: there is no such line, or it is applied already.
        """
        return [self._get(id_) for id_ in ids]

    def _get(self, id_: str) -> Quarantined:
        line = self._services.store.quarantine_line(id_)
        if line is None or line.state in {"applied", "received"}:
            message = f"nothing with id {id_!r} is quarantined"
            raise NotFound(message)
        return line

    def item(self, line: Quarantined) -> object:
        """Return what was handed over, as JSON value."""
        item: object = decode(line.payload)
        return item

    def settle(self, lines: Sequence[Quarantined], outcomes: Sequence[Outcome]) -> None:
        """Record how trying again went."""
        changed = [_tried(line, o) for line, o in zip(lines, outcomes, strict=True)]
        self._put(changed)

    def bury(self, id_: str) -> None:
        """Give a line up."""
        self._put([evolve(self._get(id_), state="dead")])

    def _put(self, lines: list[Quarantined]) -> None:
        now = self._services.clock.now()
        self._services.store.run(lambda t: t.write(Writes(quarantined=lines), now))


def _tried(line: Quarantined, outcome: Outcome) -> Quarantined:
    if outcome.state != "quarantined":
        return evolve(line, state="applied")
    attempts = line.attempts + 1
    state: IntakeState = "dead" if attempts >= MOST_ATTEMPTS else "quarantined"
    return evolve(line, state=state, attempts=attempts, reason=repair(outcome.reason))


def _outcome(rejected: Rejected, line: Quarantined) -> Outcome:
    item = rejected.item
    given = item.get("external_id") if isinstance(item, Mapping) else None
    given = getattr(item, "external_id", given)
    return Outcome(
        state="quarantined",
        external_id="" if given is None else _named(given),
        quarantine_id=line.id,
        reason=rejected.reason,
    )


def as_json(item: object) -> str:
    """Return anything as JSON that reads back, as far as that is possible."""
    if has(type(item)):
        type_ = _NAMES.get(type(item), type(item).__name__)
        value = _attributes(item)
        item = {"type": type_, **{k: v for k, v in value.items() if v is not None}}
    try:
        return encode(plain(item))
    except RecursionError:  # it holds itself, or is deeper than anybody reads
        parts = item.items() if isinstance(item, Mapping) else [("found", item)]
        return encode({_named(name): _shallow(content) for name, content in parts})


def _shallow(value: object) -> object:
    try:
        content = plain(value)
        encode(content)
    except RecursionError:
        return "(nested too deep to be kept)"
    return content


def _attributes(item: object) -> dict[str, object]:
    return asdict(item, recurse=False)  # type: ignore[arg-type]  # has() said that it is one


def plain(value: object) -> object:
    """Return a value that JSON has a form for; what has none is shown as its ``repr``."""
    if has(type(value)):
        value = _attributes(value)
    if isinstance(value, Mapping):
        return {_named(key): plain(content) for key, content in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(content) for content in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float) and value == value and abs(value) != float("inf"):  # noqa: PLR0124
        return value
    return _shown(value, repr)


def _named(key: object) -> str:
    return key if isinstance(key, str) else _shown(key, str)


def _shown(value: object, show: Callable[[object], str]) -> str:
    try:
        return show(value)
    except Exception:  # noqa: BLE001  what cannot even be shown is kept as far as it goes
        return f"({type(value).__name__} that cannot be shown)"
