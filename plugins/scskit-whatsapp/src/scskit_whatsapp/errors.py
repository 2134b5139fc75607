"""What the Cloud API's own error codes mean; those of all Meta networks stand in scskit_meta."""

from __future__ import annotations

from collections.abc import Mapping

from scskit_meta.errors import Codes

CODES: Codes = {
    0: "auth",
    33: "permanent",
    368: "policy",
    470: "window",  # the old code of 131047
    130429: "rate_limit",
    130472: "policy",  # an experiment of Meta's withholds it
    130497: "policy",  # not to this country
    131000: "retryable",
    131005: "permission",
    131008: "permanent",
    131009: "permanent",
    131016: "retryable",
    131021: "permanent",  # to oneself
    131026: "permanent",  # undeliverable
    131030: "permanent",  # a test number, and not in its list
    131031: "policy",  # the account is locked
    131037: "permanent",  # the number's name is not approved
    131042: "billing",
    131044: "billing",
    131045: "permanent",  # the number is not registered
    131047: "window",
    131048: "rate_limit",  # too many were taken for spam
    131049: "policy",  # Meta thinks it would annoy
    131050: "policy",  # the person opted out
    131051: "permanent",
    131052: "permanent",
    131053: "permanent",
    131056: "rate_limit",  # too many to this person
    131057: "retryable",  # maintenance
    131062: "permanent",  # not to a user id
    131064: "rate_limit",
    **dict.fromkeys(range(132000, 132017), "permanent"),  # something is wrong with the template
    132068: "permanent",  # the flow is blocked
    132069: "rate_limit",  # the flow is slowed down
    133004: "retryable",  # the servers are away for a moment
    **dict.fromkeys((133008, 133009), "rate_limit"),  # too many guesses of the PIN, or too fast
    133010: "permanent",  # the number is not registered
    133015: "rate_limit",
    133016: "rate_limit",
    135000: "retryable",
    137000: "permanent",  # the person's identity changed and was not confirmed
}

WAITS: Mapping[int, float] = {
    131048: 3600.0,  # a matter of the number's reputation, which recovers slowly
    131056: 6.0,  # one message to a person in six seconds
    131057: 300.0,
}
"""Seconds to wait, by code, where the response does not say."""
