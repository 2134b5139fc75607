"""How long a case may take."""

from __future__ import annotations

from datetime import timedelta

from attrs import Attribute, field, frozen


def _positive(_: object, attribute: Attribute[timedelta | None], value: timedelta | None) -> None:
    if value is not None and value <= timedelta(0):
        message = f"the {attribute.name} target must be longer than nothing, not {value}"
        raise ValueError(message)


@frozen(kw_only=True)
class SlaTargets:
    """The targets of one case, in time that counts (inside open hours, not paused).

    Attributes:
        first_response: until the first human answer; None for no such target.
        next_response: until a human answer to the oldest customer message not answered yet.
        resolution: until the case is solved.
        rule: the rule that decided.
        source: the plugin that decided.

    Raises:
        ValueError: a target is zero or negative.
    """

    first_response: timedelta | None = field(default=None, validator=_positive)
    next_response: timedelta | None = field(default=None, validator=_positive)
    resolution: timedelta | None = field(default=None, validator=_positive)
    rule: str = ""
    source: str = ""
