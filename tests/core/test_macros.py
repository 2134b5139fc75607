"""Macros: a reply, and what happens to the case with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit import NotFound, ReplyRefused
from scskit.core import commands
from scskit.core.macros import THENS, Applied, Macro, apply
from scskit.core.network_templates import NetworkTemplate
from scskit.core.policy import Policy
from scskit.core.slots import Slot
from scskit.core.templates import Template

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
REFUND = Template(
    name="refund", texts={"es": "Devuelto: {order}"}, slots={"order": Slot(name="order")}
)
UPDATE = NetworkTemplate(name="update", language="es", text="Hay novedades.")
POLICY = Policy(templates={"refund": REFUND}, network_templates={"update": UPDATE})


def applied(macro, visibility="public", **values):
    return apply(
        macro,
        POLICY,
        network="twitter",
        language="es",
        visibility=visibility,
        assurance="anonymous",
        now=NOW,
        values=values,
    )


def test_a_macro_replies_and_moves_the_case():
    """One step does what took an agent five."""
    macro = Macro(
        name="refunded",
        template="refund",
        visibility="private",
        reason="billing.refund",
        priority="P2",
        queue="billing",
        escalate="L2",
        note="refunded by hand",
        then="snooze",
        snooze_for=timedelta(days=2),
    )
    assert applied(macro, order="A-17") == Applied(
        macro="refunded",
        text="Devuelto: A-17",
        visibility="private",
        template="refund",
        version=REFUND.version,
        note="refunded by hand",
        commands=(
            commands.SetReason("billing.refund"),
            commands.SetPriority("P2"),
            commands.Route("billing"),
            commands.Escalate("L2"),
            commands.Snooze(NOW + timedelta(days=2)),
        ),
    )


def test_a_macro_says_what_a_network_approved():
    """What is sent instead of the text goes with it, in private."""
    found = applied(Macro(name="m", network_template="update"))
    assert (found.text, found.visibility, found.template) == ("Hay novedades.", "private", "update")
    assert found.extra["template"]["name"] == "update"


def test_a_macro_may_say_plain_words_or_nothing():
    """Without a reply only the case changes."""
    assert applied(Macro(name="m", text="Thanks!")).text == "Thanks!"
    silent = applied(Macro(name="m", then="solve"))
    assert (silent.text, silent.commands) == (None, (commands.Solve(),))


def test_a_slot_that_is_not_filled_stops_the_whole_macro():
    """No case is solved for which the reply was not made."""
    with pytest.raises(ReplyRefused):
        applied(Macro(name="m", template="refund", then="solve"))
    with pytest.raises(NotFound, match="there is: refund"):
        applied(Macro(name="m", template="refnd"))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "does nothing"),
        ({"title": "x", "visibility": "public"}, "does nothing"),
        ({"then": "snooze"}, "needs snooze_for"),
        ({"then": "dismiss"}, "needs a code"),
        ({"text": "a", "template": "b"}, "text and template are two replies"),
    ],
)
def test_a_macro_that_cannot_be_applied_is_refused(given, problem):
    """Who writes a macro is told, not who uses it."""
    with pytest.raises(ValueError, match=problem):
        Macro(name="m", **given)


@given(st.sampled_from(THENS), st.booleans(), st.booleans())
def test_the_state_changes_last(then, reason, queue):
    """The case is where it belongs before it is solved or put aside."""
    more = {"reason": "a" if reason else None, "queue": "b" if queue else None}
    macro = Macro(name="m", then=then, snooze_for=timedelta(1), code="spam", **more)
    found = applied(macro).commands
    assert len(found) == 1 + reason + queue
    assert type(found[-1]).__name__.lower() == then
