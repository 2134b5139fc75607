"""What a desk makes of what the network pushes: twice, late, or in the wrong order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from scskit.core.interaction import DELIVERY_RANK, Deletion, Edit, Interaction, Message
from scskit.testing.contract.fixtures import Fixtures, Sender, declares, known
from scskit.testing.contract.parts import Bodies

if TYPE_CHECKING:
    from scskit.desk.desk import Desk

T = TypeVar("T")
_MUCH_LATER = timedelta(hours=3)


class Taking(Fixtures):
    """Checks with a desk on SQLite."""

    def test_what_comes_twice_changes_nothing(
        self, sender: Sender, bodies: Bodies, desk: Desk
    ) -> None:
        """A network that missed our answer sends the same again, hours later."""
        sender.deliver(desk, bodies.message)
        first, position = known(desk), desk.feed.read().cursor
        assert len(first) == 1, "bodies.message is one message of a customer"
        sender.deliver(desk, bodies.message, later=_MUCH_LATER)
        assert known(desk) == first
        assert desk.feed.read(position).events == ()

    def test_the_order_of_arrival_does_not_matter(
        self, sender: Sender, bodies: Bodies, new_desk: Callable[[], Desk]
    ) -> None:
        """The later message may come first: text and time are those of the network."""
        straight, reversed_ = new_desk(), new_desk()
        sender.deliver(straight, bodies.message, bodies.another)
        sender.deliver(reversed_, bodies.another, bodies.message)
        found = list(map(_told, known(straight)))
        assert len(found) == 2, "bodies.another is another message"  # noqa: PLR2004
        assert found == list(map(_told, known(reversed_)))

    def test_a_batch_is_the_sum_of_its_parts(
        self, sender: Sender, bodies: Bodies, new_desk: Callable[[], Desk]
    ) -> None:
        """Items that come in one body are taken in as if each had come alone."""
        join = _joining(bodies)
        apart = new_desk()
        sender.deliver(apart, bodies.message, bodies.another)
        for order in ((bodies.message, bodies.another), (bodies.another, bodies.message)):
            alone = [item for body in order for item in sender.parse(body)]
            assert sender.parse(join(order)) == alone
            together = new_desk()
            sender.deliver(together, join(order))
            assert list(map(_said, known(together))) == list(map(_said, known(apart)))

    def test_one_malformed_item_costs_no_other(
        self, sender: Sender, bodies: Bodies, new_desk: Callable[[], Desk]
    ) -> None:
        """What cannot be read is kept as ``Unreadable``; what came with it goes on."""
        join, malformed = _joining(bodies), bodies.malformed
        assert malformed is not None, "fill bodies.malformed: bodies hold several items"
        for order in ((malformed, bodies.message), (bodies.message, malformed)):
            items = sender.parse(join(order))
            assert sorted(type(item).__name__ for item in items) == ["Message", "Unreadable"]
            assert [i for i in items if isinstance(i, Message)] == sender.parse(bodies.message)
            desk = new_desk()
            sender.deliver(desk, join(order))
            assert len(known(desk)) == 1
            assert len(desk.intake.quarantined()) == 1, "the body is kept, to be read again"

    def test_an_edit_waits_for_its_message(
        self, sender: Sender, bodies: Bodies, new_desk: Callable[[], Desk]
    ) -> None:
        """A change that overtakes its message opens nothing, and is made once it is there."""
        declares(sender.spec, "edits")
        body = _given(bodies.edit, "edit")
        (edit,) = (item for item in sender.parse(body) if isinstance(item, Edit))
        for early in (True, False):
            desk = new_desk()
            sender.deliver(desk, *_around(desk, sender, body, bodies.message, early=early))
            assert [one.text for one in known(desk)] == [edit.text]

    def test_a_deletion_waits_for_its_message(
        self, sender: Sender, bodies: Bodies, new_desk: Callable[[], Desk]
    ) -> None:
        """What its author took away does not stay because the news of it came first."""
        declares(sender.spec, "deletions")
        body = _given(bodies.deletion, "deletion")
        _only(sender, body, Deletion)
        for early in (True, False):
            desk = new_desk()
            sender.deliver(desk, *_around(desk, sender, body, bodies.message, early=early))
            assert [(one.deleted, one.text) for one in known(desk)] == [(True, "")]

    def test_a_late_receipt_takes_nothing_back(
        self, sender: Sender, bodies: Bodies, desk: Desk
    ) -> None:
        """Receipts in the wrong order: what was read stays read."""
        declares(sender.spec, "receipts")
        assert bodies.receipts, "fill bodies.receipts: the connector declares receipts"
        before = tuple(bodies.answered) or (bodies.message, _given(bodies.echo, "echo"))
        (answer,) = _only(sender, before[-1], Message)
        sender.deliver(desk, *before)
        far = sorted(bodies.receipts, key=DELIVERY_RANK.__getitem__, reverse=True)
        for status in far:
            sender.deliver(desk, bodies.receipts[status])
            found = [one.delivery for one in known(desk) if one.external_id == answer.external_id]
            assert found == [far[0]]


def _joining(bodies: Bodies) -> Callable[[Sequence[bytes]], bytes]:
    if bodies.join is None:
        pytest.skip("bodies.join is not given: the network sends one item at a time")
    return bodies.join


def _said(one: Interaction) -> tuple[str, str]:
    return one.external_id, one.text


def _told(one: Interaction) -> tuple[object, ...]:
    return one.external_id, one.text, one.posted_at, one.kind, one.visibility


def _given(body: bytes | None, name: str) -> bytes:
    if body is None:
        pytest.fail(f"fill bodies.{name}: the connector declares what takes it")
    return body


def _only(sender: Sender, body: bytes, kind: type[T]) -> tuple[T]:
    (found,) = sender.parse(body)
    assert isinstance(found, kind)
    return (found,)


def _around(
    desk: Desk, sender: Sender, change: bytes, message: bytes, *, early: bool
) -> tuple[bytes, ...]:
    """Return what remains to be delivered when the change comes first, or all of it."""
    if not early:
        return message, change
    sender.deliver(desk, change)
    if not any(isinstance(item, Message) for item in sender.parse(change)):
        assert known(desk) == [], "a change of something unknown opens no case"
    return (message,)
