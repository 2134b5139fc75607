"""What a network says about an account when it is asked: is its token good, what does it lack."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from scskit.core.errors import CredentialsRejected, DeliveryError, Rejected

FindingState = Literal["ok", "missing", "invalid", "unknown"]


@frozen(kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: ``token``, ``permission NAME``, ``webhook``, ``subscription NAME``, or something of
            the network's own.
        state: ``ok``; ``missing`` for what is not there or not granted; ``invalid`` for what is
            there and no longer good; ``unknown`` where nobody could say.
        detail: what the network said, without secrets.
        remedy: what to do about it, for people.
    """

    what: str
    state: FindingState
    detail: str = ""
    remedy: str = ""

    @property
    def wrong(self) -> bool:
        """Whether somebody has to do something."""
        return self.state in {"missing", "invalid"}


def finding_of(what: str, error: DeliveryError, remedy: str = "") -> Finding:
    """Return what an error says about what was asked for.

    Args:
        what: what was looked at.
        error: what came instead of an answer.
        remedy: what to do about it, unless it will pass by itself.
    """
    if isinstance(error, CredentialsRejected):
        state: FindingState = "missing" if error.error_class == "permission" else "invalid"
        return Finding(what=what, state=state, detail=str(error), remedy=remedy)
    if isinstance(error, Rejected):
        state = "missing" if error.error_class in {"permission", "policy"} else "invalid"
        return Finding(what=what, state=state, detail=str(error), remedy=remedy)
    return Finding(what=what, state="unknown", detail=str(error), remedy="try again later")
