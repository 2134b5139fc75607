"""Verifying who somebody is: the commands that issue a challenge and take an answer to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from attrs import evolve

from scskit.core.challenge import (
    DIGITS,
    LASTS,
    Challenge,
    Outcome,
    Verification,
    hash_of,
    plain_code,
)
from scskit.core.challenge_events import ChallengeFailed, ChallengeIssued
from scskit.core.errors import CapabilityMissing, HookFailed, NotFound
from scskit.core.identity import Identity
from scskit.core.ids import CaseId, IdentityId, draw_code, draw_salt
from scskit.core.ports import Reader
from scskit.core.records import Writes
from scskit.desk.admission import repair
from scskit.desk.permissions import cases, needs
from scskit.desk.places import CaseView
from scskit.desk.proving import Proving, open_ones
from scskit.desk.replying import Replying
from scskit.desk.services import Services

CODE = "code"


class Verifying:
    """The commands with which people prove who they are."""

    _services: Services
    _transact: Callable[..., Any]

    @needs("replies.challenge", cases("case_id"))
    def challenge(  # noqa: PLR0913  what a challenge is made of
        self,
        case_id: str,
        *,
        by: str,
        to: str,
        method: str = CODE,
        crm_id: str = "",
        expires_in: timedelta = LASTS,
    ) -> Challenge:
        """Ask the person of a case to prove who they are; an earlier challenge of theirs ends.

        By ``code``, ``scskit_deliver_code`` brings them six digits, which they type back in private
        or tell an agent (``verify``). The code is nowhere else: not here, not in any event or log,
        and what is typed back is taken out of the message before it is stored.

        Args:
            case_id: the case.
            by: who asks.
            to: where the challenge goes, such as the phone number on file; it is not kept.
            method: ``code``, or one that ``scskit_verify_identity`` knows.
            crm_id: whose ``to`` it is in the CRM: whoever answers is that customer. Without it
                the identity's own customer is verified, or a new one.
            expires_in: for how long it can be answered.

        Returns:
            The challenge, without the code.

        Raises:
            NotFound: there is no such case.
            HookFailed: nobody delivered it; the challenge is withdrawn.
        """
        code = draw_code(DIGITS) if method == CODE else ""
        salt = draw_salt() if code else ""

        def work(replying: Replying) -> Challenge:
            return self._issue(
                replying,
                Challenge(
                    id=self._services.ids.new(self._services.clock.now()),
                    case_id=CaseId(case_id),
                    identity_id=_person(replying.view(case_id)),
                    method=repair(method),
                    issued_by=repair(by),
                    issued_at=self._services.clock.now(),
                    expires_at=self._services.clock.now() + expires_in,
                    crm_id=repair(crm_id),
                    salt=salt,
                    hash=hash_of(code, salt) if code else "",
                ),
            )

        challenge: Challenge = self._transact(work)
        public = evolve(challenge, salt="", hash="")
        if not self._services.registry.deliver_code(public, to, code):
            self._withdraw(challenge)
            message = (
                f"nobody delivered challenge {challenge.id}: no plugin's scskit_deliver_code did; "
                "it is withdrawn"
            )
            raise HookFailed(message)
        return public

    @needs("replies.challenge", cases("case_id"))
    def verify(self, case_id: str, answer: str, *, by: str) -> Verification:
        """Take an answer to a case's challenge that came by another road, such as the telephone.

        Args:
            case_id: the case.
            answer: the code, with blanks or signs in it or not; or what the method asks for.
            by: who was told.

        Returns:
            Whether they are who they say. A right answer links the identity to its customer as
            ``verified``; ``customers.unlink`` takes that back.

        Raises:
            NotFound: nobody was asked, or the challenge is over.
            CapabilityMissing: no plugin knows the method.
        """

        def work(replying: Replying) -> Verification:
            return self._answer(replying, replying.view(case_id), answer, by)

        verification: Verification = self._transact(work)
        return verification

    def _issue(self, replying: Replying, challenge: Challenge) -> Challenge:
        rows = replying.transaction.challenges
        theirs = rows.of_people([challenge.identity_id]).get(challenge.identity_id, [])
        for earlier in open_ones(theirs):
            rows.put(evolve(earlier, state="withdrawn"))
        rows.put(challenge)
        issued = ChallengeIssued(
            case_id=challenge.case_id,
            at=challenge.issued_at,
            by=challenge.issued_by,
            challenge_id=challenge.id,
            identity_id=challenge.identity_id,
            method=challenge.method,
            expires_at=challenge.expires_at,
        )
        replying.record(replying.view(challenge.case_id), [issued])
        return challenge

    def _withdraw(self, challenge: Challenge) -> None:
        def work(replying: Replying) -> None:
            replying.transaction.challenges.put(evolve(challenge, state="withdrawn"))
            failed = ChallengeFailed(
                case_id=challenge.case_id,
                at=self._services.clock.now(),
                by=challenge.issued_by,
                challenge_id=challenge.id,
                identity_id=challenge.identity_id,
                reason="not_delivered",
                attempts_left=0,
            )
            replying.record(replying.view(challenge.case_id), [failed])

        self._transact(work)

    def _answer(self, replying: Replying, view: CaseView, answer: str, by: str) -> Verification:
        now = self._services.clock.now()
        challenge = replying.transaction.challenges.of_case(view.case.id)
        if challenge is None or challenge.state != "open":
            state = f": the latest is {challenge.state}" if challenge else ""
            message = f"case {view.case.id} has no challenge that can be answered{state}"
            raise NotFound(message)
        outcome: Outcome = challenge.judge(self._is_right(challenge, answer), now)
        writes = Writes()
        proving = Proving(self._services, replying.transaction, writes, now, repair(by))
        person = _identity(replying.transaction, challenge)
        events, _ = proving.settle(challenge, outcome, view.case, person)
        replying.record(view, events, writes)
        return Verification(
            verified=outcome == "verified",
            outcome=outcome,
            attempts_left=challenge.answered(outcome).attempts_left,
        )

    def _is_right(self, challenge: Challenge, answer: str) -> bool:
        if challenge.method == CODE:
            return challenge.matches(plain_code(answer))
        public = evolve(challenge, salt="", hash="")
        found = self._services.registry.verify_identity(public, answer)
        if found is None:
            message = f"no plugin's scskit_verify_identity knows the method {challenge.method!r}"
            raise CapabilityMissing(message)
        return found


def _person(view: CaseView) -> IdentityId:
    """Return who has to prove it: whoever writes in private, else the person of the case."""
    private = [m.identity_id for m in view.messages if m.visibility == "private" and m.identity_id]
    return private[-1] if private else view.case.identity_id


def _identity(reader: Reader, challenge: Challenge) -> Identity:
    return reader.identities([challenge.identity_id])[challenge.identity_id]
