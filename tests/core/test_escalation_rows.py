"""What a case's row keeps of its escalations is what its log says of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scskit.core.escalation import NO_ESCALATION
from scskit.core.lifecycle import fold
from scskit.storage import escalation_rows
from scskit.wire.text import decode, encode

KEPT = ("escalation", "calm_at", "upset_at")


@given(data=st.data())
def test_escalations_come_back_from_the_row_as_they_were(legal_logs, data):
    """A case that is read is the case that its events make, whatever became of its escalations."""
    case = fold(data.draw(legal_logs))
    stored = escalation_rows.plain(case)
    read = escalation_rows.read(decode(encode(stored)))
    assert read == {name: getattr(case, name) for name in KEPT}
    assert bool(stored) == any(read[name] not in {None, NO_ESCALATION} for name in KEPT)
