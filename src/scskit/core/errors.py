"""The error tree, grouped by what the caller does next.

::

    ScsError
    ├── ConfigError                the desk file is wrong: fix it, open again
    ├── PluginError                a plugin is wrong: fix or remove it
    │   ├── LoadFailed
    │   ├── NameConflict
    │   ├── CapabilityMissing      the connector does not declare it: do without
    │   └── HookFailed
    ├── CaseError                  the command cannot be carried out on this case
    │   ├── NotFound
    │   ├── IllegalTransition
    │   ├── StaleCase              read the case again, then decide again
    │   ├── NotPermitted
    │   └── IdempotencyConflict    the key was used for another content: use a new one
    ├── ReplyRefused               the reply may not be sent: change it (``violations``)
    ├── WebhookError               answer the sender with the matching status
    │   ├── SignatureInvalid
    │   ├── TimestampStale
    │   └── PayloadInvalid
    ├── DeliveryError              what became of a request to a network
    │   ├── RetryLater             try again after ``retry_after`` seconds
    │   ├── Rejected               never try this one again
    │   │   └── MediaRefused       a medium that may not be fetched, or is not what it may be
    │   ├── CredentialsRejected    renew the account's credentials
    │   └── OutcomeUnknown         it may have arrived: look before sending again
    └── StoreError                 the database refused or is not what we expect
        └── Refused                one of the values does not fit into the database

A duplicate message is not an error: it returns what the first one made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

ErrorClass = Literal[
    "rate_limit",
    "retryable",
    "auth",
    "permission",
    "window",
    "permanent",
    "policy",
    "billing",
    "partial",
]
"""Why a network refused, in words that all networks share.

``window``: the time in which it may be answered is over. ``policy``: the network's rules forbid it.
``partial``: a part of it was carried out.
"""


class ScsError(Exception):
    """Base of every error that scskit raises on purpose."""


class ConfigError(ScsError):
    """The desk file or an argument to ``open_desk`` is wrong.

    Args:
        problems: one line per mistake, each with its path, what was found and what is allowed.
    """

    def __init__(self, problems: Sequence[str] | str) -> None:
        """Keep every problem; the message joins them."""
        self.problems: tuple[str, ...] = (
            (problems,) if isinstance(problems, str) else tuple(problems)
        )
        super().__init__("\n".join(self.problems))


class PluginError(ScsError):
    """A plugin could not be loaded or failed in a hook that may not fail."""


class LoadFailed(PluginError):
    """A plugin's entry point could not be imported or registered."""


class NameConflict(PluginError):
    """Two plugins, or two specs of one kind, claim the same name."""


class CapabilityMissing(PluginError):
    """A connector was asked for something that it does not declare."""


class HookFailed(PluginError):
    """A hook implementation raised where the hook must not be skipped."""


class CaseError(ScsError):
    """A command cannot be carried out on this case."""


class NotFound(CaseError):
    """Nothing with that id exists for this tenant."""


class IllegalTransition(CaseError):
    """The case's state does not allow this step; the case is unchanged."""


class StaleCase(CaseError):
    """The case changed since the caller read it (``expected_version`` did not match)."""


class NotPermitted(CaseError):
    """The actor may not do this.

    Args:
        message: who may not do what, and why.
        actor: who, as ``by`` named it; empty where another rule than a role forbids it.
        action: what, as the table of roles calls it.
        roles: the roles that may.
    """

    def __init__(
        self, message: str, *, actor: str = "", action: str = "", roles: Sequence[str] = ()
    ) -> None:
        """Keep who, what and which roles may."""
        self.actor = actor
        self.action = action
        self.roles = tuple(roles)
        super().__init__(message)


class IdempotencyConflict(CaseError):
    """A key was used before, for another content."""


class ReplyRefused(ScsError):
    """A reply may not be sent.

    Args:
        violations: every reason at once, in the order found.
        verdict: what the gravest of them asks for: ``needs_template``, ``needs_approval``,
            ``needs_private`` or ``blocked``.
    """

    def __init__(self, violations: Sequence[object], verdict: str = "blocked") -> None:
        """Keep the violations; the message joins them."""
        self.violations = tuple(violations)
        self.verdict = verdict
        super().__init__("; ".join(str(violation) for violation in self.violations))


class WebhookError(ScsError):
    """A webhook request must not be accepted."""


class SignatureInvalid(WebhookError):
    """The signature is missing or does not match the raw body."""


class TimestampStale(WebhookError):
    """The request is signed, but too old to be trusted."""


class PayloadInvalid(WebhookError):
    """The body is not what the network documents; nothing in it could be read."""


class DeliveryError(ScsError):
    """A request to a network did not lead to a delivery.

    Args:
        message: what the network said, without secrets.
        code: the network's own code, as it has it.
        subcode: its finer code, if it has one.
        request_id: by which the network's support finds the request.
        error_class: why, in words that all networks share.
    """

    def __init__(
        self,
        message: str = "",
        *,
        code: int | str | None = None,
        subcode: int | str | None = None,
        request_id: str = "",
        error_class: ErrorClass | None = None,
    ) -> None:
        """Keep what the network told."""
        self.code = code
        self.subcode = subcode
        self.request_id = request_id
        self.error_class: ErrorClass | None = error_class
        super().__init__(message)


class RetryLater(DeliveryError):
    """The network asked to wait.

    Args:
        message: what the network said.
        retry_after: seconds to wait before the next attempt.
        code: as in ``DeliveryError``, like the three that follow.
        subcode: the network's finer code.
        request_id: by which the network's support finds the request.
        error_class: why, in words that all networks share.
    """

    def __init__(  # noqa: PLR0913  what every delivery error is told, and the wait
        self,
        message: str,
        retry_after: float,
        *,
        code: int | str | None = None,
        subcode: int | str | None = None,
        request_id: str = "",
        error_class: ErrorClass | None = None,
    ) -> None:
        """Keep the wait in seconds."""
        self.retry_after = retry_after
        super().__init__(
            message, code=code, subcode=subcode, request_id=request_id, error_class=error_class
        )


class Rejected(DeliveryError):
    """The network refused this request for good."""


class MediaRefused(Rejected):
    """A medium may not be fetched from where it is said to be, or is not what it may be."""


class CredentialsRejected(DeliveryError):
    """The account's credentials are no longer accepted."""


class OutcomeUnknown(DeliveryError):
    """The request left and no answer came: it may or may not have been carried out."""


class StoreError(ScsError):
    """The database refused a statement or is not what this version expects."""


class Refused(StoreError):
    """The database does not take one of the values; without it, the others would go in."""
