"""One attempt at one part: what is tried, and what its end means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from attrs import evolve, frozen

from scskit.core.errors import (
    CapabilityMissing,
    CredentialsRejected,
    DeliveryError,
    Rejected,
    RetryLater,
)
from scskit.core.outbound import Attempt, AttemptOutcome, Part
from scskit.core.preflight import Preflight
from scskit.core.reply import DeliveryReceipt
from scskit.core.reply_ports import Suspension
from scskit.desk import looking
from scskit.desk.checking import Checking, Known
from scskit.desk.services import Services
from scskit.plugins.specs import ConnectorSpec

MARGIN = timedelta(minutes=2)
"""So long before its lease ends nothing is begun any more, as an attempt may take that long; half
the lease where that is shorter."""

LONGEST_BACKOFF = timedelta(hours=1)
LONGEST_CREDENTIALS = timedelta(minutes=15)


@frozen(kw_only=True)
class Job:
    """A part that this process has leased.

    Attributes:
        part: as it was claimed, with the attempt counted.
        attempt: as it was written down.
        look: look whether it arrived, rather than sending it.
        until: the end of the lease.
    """

    part: Part
    attempt: Attempt
    look: bool
    until: datetime


@frozen(kw_only=True)
class Result:
    """What came of a job.

    Attributes:
        job: the job.
        part: where the part stands now.
        attempt: the attempt, with its end.
        receipt: what the network said, where the part arrived.
        refused: our own reasons, where these stopped it.
    """

    job: Job
    part: Part
    attempt: Attempt
    receipt: DeliveryReceipt | None = None
    refused: Preflight | None = None


class Delivering:
    """Carries out jobs; may be used from several threads at once."""

    def __init__(self, services: Services) -> None:
        """Work for a desk."""
        self._services = services
        self._checking = Checking(services)
        self._policy = services.policy.reply_policy
        self._margin = min(MARGIN, self._policy.lease / 2)
        self._random = Random()  # noqa: S311  spreads retries, guards nothing

    def carry_out(self, job: Job, known: Known | None, suspensions: list[Suspension]) -> Result:
        """Try to deliver a part, or look whether it arrived.

        Never raises: whatever happens is the result.
        """
        try:
            return self._look(job) if job.look else self._send(job, known, suspensions)
        except Exception as error:  # noqa: BLE001  whatever it is, other parts go on
            # It may have left: a connector or plugin failed around its request.
            return self._unknown(job, f"{type(error).__name__}: {error}")

    def can_look(self, part: Part) -> bool:
        """Tell whether it can be found out what became of a part, other than by a person."""
        if part.kind != "message":
            return True  # it may be done twice
        account = self._services.account(part.outbound.account)
        spec = self._services.registry.connectors.get(account.network) if account else None
        return spec is not None and "find_sent" in spec.capabilities

    # Sending.

    def _send(self, job: Job, known: Known | None, suspensions: list[Suspension]) -> Result:
        now = self._services.clock.now()
        if now >= job.until - self._margin:
            return self._given_back(job, now)
        part = job.part
        if part.kind != "message":
            return self._try(job, lambda: self._act(part, self._spec(part)))
        found = self._asked(part, known, suspensions, now)
        if found is not None and not found.allowed:
            return self._refused(job, found)
        return self._try(job, lambda: self._deliver(part, self._spec(part)))

    def _asked(
        self, part: Part, known: Known | None, suspensions: list[Suspension], now: datetime
    ) -> Preflight | None:
        """Ask once more whether it may leave; None where nothing is known of its case."""
        if not part.outbound.case_id:
            return self._checking.post(part, suspensions, now)
        return None if known is None else self._checking.part(part, known, suspensions, now)

    def _deliver(self, part: Part, spec: ConnectorSpec) -> DeliveryReceipt:
        receipt = self._services.registry.deliver(part.outbound, spec)
        if receipt is not None:
            return receipt
        flow = spec.connector.send(part.outbound)
        return self._services.flows.run(flow, part.outbound.account)

    def _act(self, part: Part, spec: ConnectorSpec) -> DeliveryReceipt:
        if "hide" not in spec.capabilities:
            message = f"connector {spec.name!r} does not declare 'hide'"
            raise CapabilityMissing(message)
        outbound = part.outbound
        target = outbound.in_reply_to or ""
        connector: Any = spec.connector
        flow = connector.hide(outbound.account, target, hidden=part.kind == "hide")
        self._services.flows.run(flow, outbound.account)
        return DeliveryReceipt(external_id=target)

    def _try(self, job: Job, deliver: Callable[[], DeliveryReceipt]) -> Result:
        try:
            receipt = deliver()
        except RetryLater as error:
            wait = max(timedelta(seconds=error.retry_after), self._backoff(job.part.tries))
            return self._again(job, wait, "retry", str(error), error)
        except CredentialsRejected as error:
            wait = min(self._backoff(job.part.tries) * 8, LONGEST_CREDENTIALS)
            return self._again(job, wait, "credentials", str(error), error)
        except (Rejected, CapabilityMissing) as error:
            return self._failed(job, "rejected", error)
        except DeliveryError as error:  # OutcomeUnknown, and whatever says no more
            return self._unknown(job, str(error), error)
        return self._arrived(job, "sent", receipt)

    def _backoff(self, attempts: int) -> timedelta:
        """Return how long to wait after so many attempts: longer each time, never all at once."""
        most = min(LONGEST_BACKOFF, timedelta(seconds=2 ** min(attempts, 16)))
        return most * (0.5 + self._random.random() / 2)

    # Looking.

    def _look(self, job: Job) -> Result:
        part = job.part
        if part.kind != "message":  # hiding twice is hiding once
            return self._again(job, timedelta(0), "absent", "it may be done again")
        try:
            spec = self._spec(part)
        except RetryLater as error:
            return self._look_again(job, error)
        if "find_sent" not in spec.capabilities:
            return self._for_a_person(job, f"{spec.name} cannot be asked whether it arrived")
        try:
            receipt = looking.find(self._services, part, spec)
        except DeliveryError as error:
            return self._look_again(job, error)
        if receipt is None:
            return self._again(job, timedelta(0), "absent", "it is not there")
        return self._arrived(job, "found", receipt)

    def _look_again(self, job: Job, error: DeliveryError) -> Result:
        looks = job.part.looks + (not _is_deferral(error))
        if looks >= self._policy.most_attempts:
            return self._for_a_person(job, f"nobody could tell: {error}")
        told = error.retry_after if isinstance(error, RetryLater) else 0.0
        wait = max(timedelta(seconds=told), self._backoff(looks + 4))
        part = evolve(
            job.part,
            state="unknown",
            ready_at=self._services.clock.now() + wait,
            forgiven=job.part.forgiven + 1,
            looks=looks,
            detail=str(error),
        )
        return Result(job=job, part=part, attempt=self._ended(job, "unknown", str(error), error))

    # Ends.

    def _arrived(self, job: Job, outcome: AttemptOutcome, receipt: DeliveryReceipt) -> Result:
        part = evolve(
            job.part,
            state="sent",
            ready_at=None,
            external_id=receipt.external_id,
            code="",
            error_class=None,
            detail=receipt.detail,
        )
        attempt = self._ended(job, outcome, receipt.detail)
        return Result(job=job, part=part, attempt=attempt, receipt=receipt)

    def _again(
        self,
        job: Job,
        wait: timedelta,
        outcome: AttemptOutcome,
        detail: str,
        error: DeliveryError | None = None,
    ) -> Result:
        forgiven = job.part.forgiven + (job.look or _is_deferral(error))
        if job.part.attempts - forgiven >= self._policy.most_attempts:
            return self._failed(job, outcome, error, exhausted=True)
        now = self._services.clock.now()
        part = evolve(
            job.part,
            state="queued",
            ready_at=now + wait,
            forgiven=forgiven,
            looks=0,
            **_told(error, detail),
        )
        return Result(job=job, part=part, attempt=self._ended(job, outcome, detail, error))

    def _given_back(self, job: Job, now: datetime) -> Result:
        """Leave to the next claim what there is no time for any more: nothing was tried."""
        forgiven = job.part.forgiven + 1
        part = evolve(job.part, state="queued", ready_at=now, forgiven=forgiven)
        attempt = self._ended(job, "retry", "its lease was about to end")
        return Result(job=job, part=part, attempt=attempt)

    def _failed(
        self,
        job: Job,
        outcome: AttemptOutcome,
        error: Exception | None,
        *,
        exhausted: bool = False,
    ) -> Result:
        detail = str(error) if error else ""
        if exhausted:
            detail = f"given up after {job.part.tries} attempts: {detail}"
        delivery = error if isinstance(error, DeliveryError) else None
        told = _told(delivery, detail)
        told["code"] = told["code"] or ("exhausted" if exhausted else "rejected")
        part = evolve(job.part, state="failed", ready_at=None, **told)
        return Result(job=job, part=part, attempt=self._ended(job, outcome, detail, delivery))

    def _refused(self, job: Job, found: Preflight) -> Result:
        detail = "; ".join(str(violation) for violation in found.violations)
        part = evolve(
            job.part,
            state="failed",
            ready_at=None,
            code=found.verdict,
            error_class="window" if found.verdict == "needs_template" else "policy",
            detail=detail,
        )
        attempt = self._ended(job, "refused", detail)
        return Result(job=job, part=part, attempt=attempt, refused=found)

    def _unknown(self, job: Job, detail: str, error: DeliveryError | None = None) -> Result:
        """Say honestly that nobody knows; look later, where there is anywhere to look."""
        asks = self.can_look(job.part)
        later = self._services.clock.now() + self._policy.look_after
        part = evolve(
            job.part,
            state="unknown",
            ready_at=later if asks else None,
            **_told(error, detail),
        )
        return Result(job=job, part=part, attempt=self._ended(job, "unknown", detail, error))

    def _for_a_person(self, job: Job, detail: str) -> Result:
        part = evolve(job.part, state="unknown", ready_at=None, detail=detail)
        return Result(job=job, part=part, attempt=self._ended(job, "unknown", detail))

    def _ended(
        self,
        job: Job,
        outcome: AttemptOutcome,
        detail: str = "",
        error: DeliveryError | None = None,
    ) -> Attempt:
        return evolve(
            job.attempt,
            ended_at=self._services.clock.now(),
            outcome=outcome,
            code=str(error.code) if error and error.code is not None else "",
            request_id=error.request_id if error else "",
            detail=detail,
        )

    def _spec(self, part: Part) -> ConnectorSpec:
        account = self._services.account(part.outbound.account)
        network = account.network if account else ""
        spec = self._services.registry.connectors.get(network)
        if spec is None:
            message = f"no connector for {network!r} is installed"
            raise RetryLater(message, LONGEST_CREDENTIALS.total_seconds())
        return spec


def _is_deferral(error: DeliveryError | None) -> bool:
    """Tell whether nothing was wrong but that the network, or our own budget, wants it later."""
    return isinstance(error, RetryLater) and error.error_class == "rate_limit"


def _told(error: DeliveryError | None, detail: str) -> dict[str, Any]:
    code = str(error.code) if error and error.code is not None else ""
    return {
        "code": code,
        "error_class": error.error_class if error else None,
        "detail": detail,
    }
