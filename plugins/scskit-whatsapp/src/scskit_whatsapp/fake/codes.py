"""Why WhatsApp does not send something: what it says, and with which HTTP status.

The statuses are those of Meta's table of errors; its OpenAPI description has others in places. A
code that is not here is told all the same, as a bad request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

HELP: Final = (
    "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"
)


@frozen
class Refusal:
    """One error.

    Attributes:
        title: what it is called.
        details: what it means here.
        status: of HTTP, where it is told at once.
    """

    title: str
    details: str = ""
    status: int = 400


_SOON = "Try again later."
CODES: Final[Mapping[int, Refusal]] = {
    0: Refusal("AuthException", "The user could not be authenticated.", 401),
    1: Refusal("API Unknown", "An unknown error.", 500),
    2: Refusal("API Service", _SOON, 503),
    3: Refusal("API Method", "The app may not call this method.", 500),
    4: Refusal("API Too Many Calls", "The app reached its limit of calls."),
    10: Refusal("Permission Denied", "The permission was not granted or was taken back.", 403),
    33: Refusal("Parameter value is not valid", "The business phone number was deleted."),
    100: Refusal("Invalid parameter", "A parameter is wrong or has a typing error."),
    190: Refusal("Access token has expired", "Get a new access token.", 401),
    368: Refusal("Temporarily blocked for policies violations", "The account is restricted.", 403),
    80007: Refusal("Rate limit issues", "The business account reached its limit of calls."),
    130429: Refusal("Rate limit hit", "The number sends more messages than its throughput."),
    130472: Refusal("User's number is part of an experiment", "It was withheld for an experiment."),
    130497: Refusal("Business account is restricted from messaging users in this country", "", 403),
    131000: Refusal("Something went wrong", "An unknown error.", 500),
    131005: Refusal("Access denied", "The permission was not granted or was taken back.", 403),
    131008: Refusal("Required parameter is missing"),
    131009: Refusal("Parameter value is not valid"),
    131016: Refusal("Service unavailable", _SOON, 500),
    131021: Refusal("Recipient cannot be sender", "Sender and recipient are the same number."),
    131026: Refusal("Message undeliverable", "The message cannot be delivered to this person."),
    131030: Refusal("Recipient phone number not in allowed list", "It is a test number."),
    131031: Refusal("Business Account locked", "It was restricted, or could not be verified.", 403),
    131037: Refusal("Display name approval is needed", "The number's name was not approved."),
    131042: Refusal("Business eligibility payment issue", "There is a problem with the payment."),
    131045: Refusal("Incorrect certificate", "The number is not registered.", 500),
    131047: Refusal(
        "Re-engagement message",
        "More than 24 hours have passed since the customer last wrote to this number.",
    ),
    131048: Refusal("Spam rate limit hit", "Too many earlier messages were taken for spam."),
    131049: Refusal(
        "Message was not delivered to maintain healthy ecosystem engagement", "Do not send again."
    ),
    131050: Refusal("User has stopped marketing messages", "The person opted out."),
    131051: Refusal("Message type unknown", "The type of the message is not supported."),
    131052: Refusal("Media download error", "The media that the person sent cannot be downloaded."),
    131053: Refusal("Media upload error", "The media of the message cannot be uploaded."),
    131056: Refusal(
        "(Business Account, Consumer Account) pair rate limit hit",
        "Too many messages were sent from this number to this person in a short time.",
    ),
    131057: Refusal("Account in maintenance mode", _SOON, 500),
    131062: Refusal("Recipient is not supported", "This message takes no business-scoped user id."),
    131064: Refusal("Messaging limit reached", "Templates were put into the wrong category."),
    131215: Refusal("Groups are not eligible", "The number may not use groups."),
    132000: Refusal("Number of parameters does not match the expected number of params"),
    132001: Refusal("Template name does not exist in the translation", "", 404),
    132005: Refusal("Translated text too long"),
    132007: Refusal("Template format character policy violated"),
    132012: Refusal("Parameter format does not match format in the created template"),
    132015: Refusal("Template is paused", "Its quality is low."),
    132016: Refusal("Template is disabled", "It was paused too often."),
    133004: Refusal("Server Temporarily Unavailable", _SOON, 503),
    133010: Refusal("Account not registered", "Register the number first."),
    133016: Refusal("Account register deregister rate limit exceeded", _SOON),
    135000: Refusal("Generic user error", "The request has something wrong."),
    137000: Refusal("Recipient identity has changed", "Its hash is another one."),
}


def refusal(code: int) -> Refusal:
    """Return what is said with a code."""
    return CODES.get(code, Refusal("Something went wrong"))


def told_later(code: int, details: str = "") -> dict[str, Any]:
    """Return an error as webhooks have it."""
    what = refusal(code)
    return {
        "code": code,
        "title": what.title,
        "message": what.title,
        "error_data": {"details": details or what.details or what.title},
        "href": HELP,
    }
