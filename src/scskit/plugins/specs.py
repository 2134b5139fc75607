"""What plugins hand over: connectors, CRM syncs, and what each can do.

A plugin author writes no I/O. Whatever talks to a network is a *flow*: a generator that yields
``httpx.Request`` and is sent ``httpx.Response``; who runs it owns timeouts, retries, rate limits
and logs. The same flow runs in the desk, in an event loop, or in a test without any client.
"""

# ruff: noqa: ARG002  Connector's own methods only refuse; their arguments are for who writes them

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Protocol, TypeVar

from attrs import Attribute, Factory, field, frozen

from scskit.core.account import DEFAULT_IDENTITY_SCOPE, IdentityScope
from scskit.core.errors import CapabilityMissing

T = TypeVar("T")

if TYPE_CHECKING:
    import httpx

    from scskit.core.channel import Channel
    from scskit.core.diagnosis import Finding
    from scskit.core.handoff import PrivateInvitation
    from scskit.core.interaction import Parsed, Visibility
    from scskit.core.records import RecordedEvent
    from scskit.core.reply import DeliveryReceipt, Draft, Outbound, Violation
    from scskit.core.webhook import WebhookRequest, WebhookResponse

    Flow = Generator[httpx.Request, httpx.Response, T]
else:
    Flow = Generator  # importing a plugin's specs must not load httpx


@frozen(kw_only=True)
class Fetched:
    """One page of what a network keeps.

    Attributes:
        items: oldest first; ``Unreadable`` where one cannot be understood.
        cursor: what to hand to ``fetch`` next time; opaque to everybody but the connector.
        more: whether the next page can be had at once.
    """

    items: Sequence[Parsed]
    cursor: str | None = None
    more: bool = False


class Connector(Protocol):
    """One network: how its requests are checked, understood and made.

    Subclass it and write the methods that the declared capabilities need (``CAPABILITIES``); the
    others raise ``CapabilityMissing``. One object serves all accounts of a desk, from several
    threads at once: keep no state that changes.
    """

    def verify(self, request: WebhookRequest) -> None:
        """Check that the network sent this, by the raw body and the headers.

        Raises:
            SignatureInvalid: the signature is missing or does not match.
            TimestampStale: it is signed, but too old at ``request.received_at``.
        """
        raise _not_written(self, "verify")

    def parse(self, request: WebhookRequest) -> Sequence[Parsed]:
        """Turn a verified request into messages, edits, deletions, receipts and signals.

        Pure: the same body always gives the same answer, also when it is read again from
        quarantine, where no headers are kept. An item that cannot be understood is
        returned as ``Unreadable``, so that the others of its body are not lost with it.

        Raises:
            PayloadInvalid: the body as a whole cannot be read.
        """
        raise _not_written(self, "parse")

    def handshake(self, request: WebhookRequest) -> WebhookResponse | None:
        """Answer a request by which the network checks that the address is ours.

        Pure, and asked before ``verify``: such requests bear no signature over a body. Written
        only for networks that have one.

        Returns:
            The answer, also when it is a refusal; None when the request is no handshake.
        """
        return None

    def stream(self, since: datetime | None) -> httpx.Request:
        """Make the request that opens a connection down which the network goes on talking.

        Pure. What comes down is lines; ``parse`` is given one or several whole ones as a body.

        Args:
            since: when the last sign of life came, where a connection broke; a network that can
                then says again what it said meanwhile. None at first.

        Raises:
            CredentialsRejected: the settings lack what it takes.
        """
        raise _not_written(self, "stream")

    def check(self, draft: Draft, now: datetime) -> Sequence[Violation]:
        """Say what the network would refuse of a draft, before anything leaves.

        Pure, and asked beside ``scskit_check_reply``: here it is this connector's own accounts
        that are spoken of, with their settings at hand.
        """
        return ()

    def send(self, outbound: Outbound) -> Flow[DeliveryReceipt]:
        """Send a message.

        Raises:
            DeliveryError: of the kind that says what to do next.
        """
        raise _not_written(self, "send")

    def fetch(self, account: str, cursor: str | None) -> Flow[Fetched]:
        """Read what came in for an account since ``cursor``; None starts at the beginning."""
        raise _not_written(self, "fetch")

    def find_sent(self, outbound: Outbound) -> Flow[DeliveryReceipt | None]:
        """Look whether a message arrived whose outcome is unknown; None when it did not.

        The same words may have been said before: who looks by them passes over the messages that
        ``outbound.others`` names. Where there is more than can be looked through, it raises
        ``OutcomeUnknown``: what is said not to be there is sent again.
        """
        raise _not_written(self, "find_sent")

    def hide(self, account: str, target: str, *, hidden: bool = True) -> Flow[None]:
        """Take a customer's message out of sight, or show it again.

        Safe to repeat: what is hidden already stays hidden, and that is no error.

        Args:
            account: the id of the account under whose post it stands.
            target: the external id of the message.
            hidden: False to show it again.

        Raises:
            DeliveryError: of the kind that says what to do next.
        """
        raise _not_written(self, "hide")

    def diagnose(self, account: str) -> Flow[Sequence[Finding]]:
        """Ask the network whether an account's token is good, and what it lacks.

        Reads and changes nothing. Errors of the network are findings (``finding_of``), so that one
        of them does not hide the others.
        """
        raise _not_written(self, "diagnose")

    def accounts(self) -> Sequence[str]:
        """Return the accounts that the connector's own settings name; not all connectors know."""
        return ()


def _not_written(connector: object, method: str) -> CapabilityMissing:
    return CapabilityMissing(f"{type(connector).__name__} has no {method}()")


@frozen
class Capability:
    """Something that a connector can do.

    Attributes:
        meaning: one line for people.
        methods: the methods of ``Connector`` it takes.
    """

    meaning: str
    methods: tuple[str, ...] = ()


CAPABILITIES: Mapping[str, Capability] = {
    "webhook": Capability("takes what the network pushes", ("verify", "parse")),
    "stream": Capability("listens to what the network goes on saying", ("stream", "parse")),
    "fetch": Capability("reads what the network keeps", ("fetch",)),
    "reply_public": Capability("answers where everybody can read it", ("send",)),
    "publish": Capability("posts where everybody can read it, in answer to nobody", ("send",)),
    "reply_private": Capability("sends direct messages", ("send",)),
    "find_sent": Capability("looks whether a message of unknown outcome arrived", ("find_sent",)),
    "attachments": Capability("sends media with a message", ("send",)),
    "hide": Capability("takes a customer's message out of sight, and shows it again", ("hide",)),
    "edits": Capability("tells when an author changes a message"),
    "deletions": Capability("tells when a message is taken away"),
    "diagnose": Capability("says what an account lacks on the network", ("diagnose",)),
    "receipts": Capability("tells when a message is delivered, read or lost"),
}
"""Everything that a connector can declare."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def _plain_name(_: object, attribute: Attribute[str], value: str) -> None:
    # Ids are network:scope:external_id, so a name with a colon would name somebody else.
    if not _NAME.fullmatch(value):
        raise ValueError(
            f"{attribute.name} {value!r} must consist of a-z, 0-9, '.', '_' and '-', "
            "and begin with a letter or digit"
        )


def _names(value: Iterable[str]) -> frozenset[str]:
    return frozenset(value)  # frozenset itself, as a converter, loses the type of what is in it


def _known_capabilities(_: object, __: object, value: frozenset[str]) -> None:
    for name in sorted(value - CAPABILITIES.keys()):
        near = ", ".join(get_close_matches(name, CAPABILITIES)) or ", ".join(CAPABILITIES)
        raise ValueError(f"there is no capability {name!r}; there is: {near}")


@frozen(kw_only=True)
class Sharing:
    """How posts pass on what somebody else said in public.

    Attributes:
        link: where a public message can be read: an address with ``{id}`` for its external id;
            empty where there is none.
        quote: what in ``extra`` takes the id of a message of the same network that a post quotes.
        show: what in ``extra`` takes an address that a post shows.
    """

    link: str = ""
    quote: str = ""
    show: str = ""


@frozen(kw_only=True)
class ConnectorSpec:
    """What ``scskit_connectors`` answers: one network and the object that knows it.

    Attributes:
        name: unique among the installed connectors; accounts name it as their network.
        connector: the object.
        capabilities: names from ``CAPABILITIES``; what is not declared is never asked for.
        network: the network's name in identity ids; the connector's own name unless given.
        identity_scope: ``network`` when a person has one id on the whole network, ``account``
            when every account sees its own id for the person.
        version: the version of the network's API it speaks, for people.
        channels: how long texts may be and which media are taken, by visibility; what is left out
            is not known before the network refuses.
        channels_of: the same for accounts for which something else holds, by their ids.
        invitations: how accounts lead people from public to private, the best way first.
        invitations_of: the same for accounts for which something else holds, by their ids: a link
            names the account.
        sharing: how posts pass on what somebody else said.

    Raises:
        ValueError: a name or a capability is not as it must be.
    """

    name: str = field(validator=_plain_name)
    connector: Connector
    capabilities: frozenset[str] = field(converter=_names, validator=_known_capabilities)
    network: str = field(
        default=Factory(lambda self: self.name, takes_self=True), validator=_plain_name
    )
    identity_scope: IdentityScope = DEFAULT_IDENTITY_SCOPE
    version: str = ""
    channels: Mapping[Visibility, Channel] = field(factory=dict)
    channels_of: Mapping[str, Mapping[Visibility, Channel]] = field(factory=dict)
    invitations: tuple[PrivateInvitation, ...] = ()
    invitations_of: Mapping[str, Sequence[PrivateInvitation]] = field(factory=dict)
    sharing: Sharing = Sharing()

    def channel(self, account: str, visibility: Visibility) -> Channel:
        """Return what may be said through an account, in public or in private."""
        from scskit.core.channel import Channel  # noqa: PLC0415  for who is about to write

        own = self.channels_of.get(account, {})
        return own.get(visibility) or self.channels.get(visibility) or Channel()

    def invites(self, account: str) -> Sequence[PrivateInvitation]:
        """Return how an account leads people into private, the best way first."""
        return self.invitations_of.get(account) or self.invitations


def require(spec: ConnectorSpec, capability: str) -> None:
    """Refuse to go on when a connector does not declare a capability.

    Args:
        spec: the connector.
        capability: a name from ``CAPABILITIES``.

    Raises:
        CapabilityMissing: it is not declared; the message says what is.
    """
    if capability not in spec.capabilities:
        declared = ", ".join(sorted(spec.capabilities)) or "nothing"
        raise CapabilityMissing(
            f"connector {spec.name!r} does not declare {capability!r}; it declares: {declared}"
        )


def unwritten(spec: ConnectorSpec) -> tuple[str, ...]:
    """Return the methods that the declared capabilities take and the connector does not have."""
    needed = {method for name in spec.capabilities for method in CAPABILITIES[name].methods}
    return tuple(sorted(method for method in needed if not _has(spec.connector, method)))


def _has(connector: object, method: str) -> bool:
    found = getattr(connector, method, None)
    inherited = getattr(found, "__func__", None) is getattr(Connector, method)
    return callable(found) and not inherited


class CrmSync(Protocol):
    """How the company's CRM is kept up to date."""

    def push(self, events: Sequence[RecordedEvent]) -> Flow[None]:
        """Tell the CRM what happened; called again with the same events until it succeeds."""
        ...


@frozen(kw_only=True)
class CrmSyncSpec:
    """What ``scskit_crm_syncs`` answers: one CRM and the object that knows it.

    Attributes:
        name: unique among the installed syncs.
        sync: the object.
        version: the version of the CRM's API it speaks, for people.

    Raises:
        ValueError: the name is not as it must be.
    """

    name: str = field(validator=_plain_name)
    sync: CrmSync
    version: str = ""
