"""How Meta refuses: one shape for every error, whatever the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scskit.testing.network import Call, FakeNetwork, Refused, Trouble, answer
from scskit_meta.fake.tokens import EXPIRED

if TYPE_CHECKING:
    import httpx


class Refusing(FakeNetwork):
    """A network that makes up ids, and refuses in Meta's shape."""

    def digits(self, length: int = 16) -> str:
        """Return a new id of so many digits."""
        first = str(self.random.randint(1, 9))
        return first + "".join(str(self.random.randint(0, 9)) for _ in range(length - 1))

    def letters(self, length: int = 24) -> str:
        """Return a new opaque id."""
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return "".join(self.random.choice(alphabet) for _ in range(length))

    def use_case(self, call: Call) -> tuple[str, int]:  # noqa: ARG002  networks look at it
        """Return the use case that a request counts for, and the code of its rate limit."""
        return "pages", 80001

    def error(  # noqa: PLR0913  what an error says
        self,
        code: int,
        message: str,
        *,
        status: int = 400,
        subcode: int | None = None,
        kind: str = "OAuthException",
        transient: bool | None = None,
        **more: Any,  # noqa: ANN401  any JSON value
    ) -> httpx.Response:
        """Write an error; ``more`` are ``error_data``, ``error_user_title`` and the like."""
        told: dict[str, Any] = {"message": f"(#{code}) {message}", "type": kind, "code": code}
        if subcode is not None:
            told["error_subcode"] = subcode
        if transient is not None:
            told["is_transient"] = transient
        return answer(status, {"error": {**told, **more, "fbtrace_id": "A" + self.letters(22)}})

    def refused(self, code: int, message: str, **told: Any) -> Refused:  # noqa: ANN401  see error
        """Return an error to raise; see ``error``."""
        return Refused(self.error(code, message, **told))

    def invalid(self, why: str, subcode: int | None = None) -> Refused:
        """Return the error of a parameter that cannot be."""
        return self.refused(100, why, subcode=subcode)

    def missing(self, id_: str, *, doing: str = "get") -> Refused:
        """Return the error of an object that is not there, or of nobody's business."""
        told = f"Unsupported {doing} request: there is no object {id_[:64]!r} that allows it."
        return self.refused(100, told, subcode=33, kind="GraphMethodException")

    def refusal(self, why: Trouble, call: Call) -> httpx.Response:
        """Return how Meta refuses what it does not even look at."""
        if why == "rate_limited":
            code = self.use_case(call)[1]
            call.notes["blocked"] = True
            return self.error(code, "There were too many calls; wait.", status=400)
        if why == "expired_token":
            subcode = EXPIRED
            told = "The access token is no longer valid."
            return self.error(190, told, status=401, subcode=subcode)
        if why == "server_error":
            told = "An unexpected error; please retry."
            return self.error(2, told, status=500, transient=True)
        if why == "bad_body":
            return self.error(100, "The body cannot be read.")
        doing = call.method.lower()
        told = f"Unsupported {doing} request: there is nothing at {call.path[:80]}."
        return self.error(100, told, subcode=33, kind="GraphMethodException")
