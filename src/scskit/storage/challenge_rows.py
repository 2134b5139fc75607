"""Challenges: between values and rows, and every statement on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from scskit.core.challenge import Challenge
from scskit.core.ids import CaseId, IdentityId
from scskit.core.time import from_micros, to_micros
from scskit.storage.drivers import Driver, Row, insert_into
from scskit.storage.sql import Insert, Lookup, column_names

_CHALLENGE = column_names("scs_challenge")
_OF_PEOPLE = "ix_scs_challenge_identity"

CHALLENGES = Lookup("scs_challenge", ("identity_id",), _CHALLENGE, lock="t", index=_OF_PEOPLE)
CHALLENGES_AS_THEY_ARE = Lookup("scs_challenge", ("identity_id",), _CHALLENGE, index=_OF_PEOPLE)
CHALLENGE = Lookup("scs_challenge", ("case_id",), _CHALLENGE, lock="t")
CHALLENGE_AS_IT_IS = Lookup("scs_challenge", ("case_id",), _CHALLENGE)
PUT_CHALLENGE = Insert("scs_challenge", update=_CHALLENGE[2:])


class ChallengeRows:
    """Reads and writes of one tenant for challenges; see ``core.challenge``."""

    def __init__(self, driver: Driver, tenant: str, *, writing: bool = True) -> None:
        """Work on an open connection; only who is ``writing`` locks what it reads."""
        self._driver = driver
        self._tenant = tenant
        self._writing = writing

    def of_people(self, people: Iterable[IdentityId]) -> dict[IdentityId, list[Challenge]]:
        """Return the challenges to these identities, oldest first."""
        lookup = CHALLENGES if self._writing else CHALLENGES_AS_THEY_ARE
        keys = [(person,) for person in sorted(set(people))]
        found: dict[IdentityId, list[Challenge]] = defaultdict(list)
        rows = map(_read, self._driver.fetch(lookup, self._tenant, keys))
        for challenge in sorted(rows, key=lambda one: (one.issued_at, one.id)):
            found[challenge.identity_id].append(challenge)
        return found

    def of_case(self, case_id: CaseId) -> Challenge | None:
        """Return the latest challenge of a case."""
        lookup = CHALLENGE if self._writing else CHALLENGE_AS_IT_IS
        found = list(map(_read, self._driver.fetch(lookup, self._tenant, [(case_id,)])))
        return found[0] if found else None

    def put(self, challenge: Challenge) -> None:
        """Store a challenge, in place of the one that its case had."""
        row = (
            self._tenant,
            challenge.case_id,
            challenge.id,
            challenge.identity_id,
            challenge.method,
            challenge.crm_id,
            challenge.issued_by,
            to_micros(challenge.issued_at),
            to_micros(challenge.expires_at),
            challenge.salt,
            challenge.hash,
            challenge.attempts,
            challenge.state,
        )
        insert_into(self._driver, PUT_CHALLENGE, [row])


def _read(row: Row) -> Challenge:
    _, case_id, id_, identity_id, method, crm_id, by, issued_at, expires_at, *rest = row
    salt, hash_, attempts, state = rest
    return Challenge(
        id=id_,
        case_id=CaseId(case_id),
        identity_id=IdentityId(identity_id),
        method=method,
        crm_id=crm_id,
        issued_by=by,
        issued_at=from_micros(issued_at),
        expires_at=from_micros(expires_at),
        salt=salt,
        hash=hash_,
        attempts=attempts,
        state=state,
    )
