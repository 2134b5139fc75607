"""What the desk asks of X."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from scskit.core.errors import CredentialsRejected, DeliveryError, RetryLater
from scskit.core.ports import Clock
from scskit.core.time import SystemClock
from scskit.http.signing import check_signature, sign
from scskit.plugins import (
    Connector,
    DeliveryReceipt,
    Draft,
    Fetched,
    Finding,
    Flow,
    Outbound,
    Parsed,
    Violation,
    WebhookRequest,
    WebhookResponse,
)
from scskit_twitter.config import AccountSettings, TwitterSettings
from scskit_twitter.limits import CRC_TOKEN
from scskit_twitter.parse import parse

if TYPE_CHECKING:
    import httpx

    from scskit_twitter.calls import Api
    from scskit_twitter.flows import Upload

SIGNATURE: Final = "x-twitter-webhooks-signature"

T = TypeVar("T")


class TwitterConnector(Connector):
    """X API version 2, with the Activity API by webhook and by stream."""

    def __init__(self, settings: TwitterSettings | None = None, clock: Clock | None = None) -> None:
        """Serve these accounts; without settings, only bodies can be read."""
        self._settings = settings or TwitterSettings()
        self._clock = clock or SystemClock()

    def verify(self, request: WebhookRequest) -> None:
        """Check the signature over the raw body, under any consumer secret."""
        check_signature(
            request.body,
            request.header(SIGNATURE),
            self._settings.revealed(),
            header=SIGNATURE,
            encoding="base64",
        )

    def handshake(self, request: WebhookRequest) -> WebhookResponse | None:
        """Answer a challenge-response check (CRC).

        The answer is made with the key that signs webhooks. Whoever could have any text signed
        could make up messages, so nothing is signed that could be one.
        """
        token = request.query.get("crc_token")
        if request.method != "GET" or token is None:
            return None
        secrets = self._settings.revealed()
        if not secrets:
            return WebhookResponse.text("no secret is configured", 403)
        if not CRC_TOKEN.fullmatch(token):
            return WebhookResponse.text("this is no crc_token", 400)
        answer = sign(token.encode(), secrets[0], "base64")
        return WebhookResponse.json(f'{{"response_token":"{answer}"}}')

    def stream(self, since: datetime | None) -> httpx.Request:
        """Open ``GET /2/activity/stream``, with what was said in the last minutes."""
        from scskit_twitter.calls import stream_request  # noqa: PLC0415  as below

        return stream_request(self._settings, since)

    def parse(self, request: WebhookRequest) -> Sequence[Parsed]:
        """Read a webhook body, a piece of the stream, or a page that polling brought."""
        return parse(request.body, self._settings, request.received_at)

    # What talks to X is loaded when it is needed: taking webhooks in does not take an HTTP client.

    def send(self, outbound: Outbound) -> Flow[DeliveryReceipt]:
        """Send a post, a reply, a quote (``extra["quotes"]``) or a direct message."""
        from scskit_twitter import flows  # noqa: PLC0415

        return (yield from self._run(outbound.account, lambda api: flows.send(api, outbound)))

    def fetch(self, account: str, cursor: str | None) -> Flow[Fetched]:
        """Read the next pages of mentions, searches and direct messages, as configured."""
        from scskit_twitter import fetching  # noqa: PLC0415

        return (yield from self._run(account, lambda api: fetching.fetch(api, account, cursor)))

    def find_sent(self, outbound: Outbound) -> Flow[DeliveryReceipt | None]:
        """Look among the account's own recent posts, or through the private conversation."""
        from scskit_twitter import finding  # noqa: PLC0415

        return (yield from self._run(outbound.account, lambda api: finding.find(api, outbound)))

    def diagnose(self, account: str) -> Flow[Sequence[Finding]]:
        """Ask whether the token is good, and for webhooks and subscriptions; see ``diagnosing``."""
        from scskit_twitter import diagnosing  # noqa: PLC0415

        try:
            api = yield from self._ready(account)
        except DeliveryError as error:
            return (diagnosing.not_renewed(error),)
        return (yield from diagnosing.diagnose(api, account))

    def accounts(self) -> Sequence[str]:
        """Return the accounts that the settings name."""
        return tuple(self._settings.accounts)

    def hide(self, account: str, target: str, *, hidden: bool = True) -> Flow[None]:
        """Hide a reply to a post of the account, or show it again."""
        from scskit_twitter import flows  # noqa: PLC0415

        yield from self._run(account, lambda api: flows.hide(api, account, target, hidden=hidden))

    def delete(self, account: str, external_id: str, *, private: bool = False) -> Flow[None]:
        """Take a post of the account away, or a direct message."""
        from scskit_twitter import flows  # noqa: PLC0415

        yield from self._run(
            account, lambda api: flows.delete(api, account, external_id, private=private)
        )

    def upload(
        self, account: str, content: bytes, media_type: str, *, private: bool = False
    ) -> Flow[Upload]:
        """Bring a medium to X; its ``media_id`` goes into ``Attachment.external_id``."""
        from scskit_twitter import flows  # noqa: PLC0415

        def upload(api: Api) -> Flow[Upload]:
            return flows.upload(api, account, content, media_type, private=private)

        return (yield from self._run(account, upload))

    def upload_status(self, account: str, media_id: str) -> Flow[Upload]:
        """Ask whether X has converted a medium."""
        from scskit_twitter import flows  # noqa: PLC0415

        return (
            yield from self._run(account, lambda api: flows.upload_status(api, account, media_id))
        )

    def check(self, draft: Draft, now: datetime) -> Sequence[Violation]:  # noqa: ARG002
        """Say what X would refuse."""
        return self.refused(draft.account, draft.text, draft.visibility, draft.answers)

    def refused(
        self, account: str, text: str, visibility: str, answers: Mapping[str, Any]
    ) -> tuple[Violation, ...]:
        """Return what speaks against sending a text, before anything leaves; see ``windows``."""
        from scskit_twitter import windows  # noqa: PLC0415

        own = self._settings.accounts.get(account) or AccountSettings(user_id="0")
        return windows.refused(text, visibility, answers, own)

    def _run(self, account: str, make: Callable[[Api], Flow[T]]) -> Flow[T]:
        """Run a flow with a token that is good, and no flow twice.

        A token may end before its time: then it is renewed with the next flow.
        """
        api = yield from self._ready(account)
        try:
            return (yield from make(api))
        except CredentialsRejected as error:
            from scskit_twitter import renewing  # noqa: PLC0415

            if renewing.doubted(self._settings, account, self._clock):
                message = f"{error}; its token is renewed with the next try"
                raise RetryLater(message, 1.0, code=error.code, error_class="auth") from error
            raise

    def _ready(self, account: str) -> Flow[Api]:
        from scskit_twitter import renewing  # noqa: PLC0415

        return (yield from renewing.ready(self._settings, account, self._clock))
