"""Reading what networks keep, page by page, from where it was read last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attrs import define

from scskit.core.errors import CapabilityMissing, DeliveryError, NotFound
from scskit.core.interaction import Unreadable
from scskit.core.webhook import WebhookRequest
from scskit.desk.services import Services
from scskit.desk.webhooks import Webhooks
from scskit.plugins.specs import ConnectorSpec, require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scskit.core.interaction import Parsed


@define
class Polled:
    """What reading one account brought.

    Attributes:
        account: its id.
        pages: how many pages were read.
        items: how many items they held.
        unreadable: how many of these could not be understood, and are in quarantine.
        more: whether the network has more that can be read at once.
        error: why it ended early; None if it did not.
    """

    account: str
    pages: int = 0
    items: int = 0
    unreadable: int = 0
    more: bool = False
    error: DeliveryError | None = None


class Polling:
    """Reads what networks keep."""

    def __init__(self, services: Services, webhooks: Webhooks) -> None:
        """Work for a desk; what is read goes the way of what is pushed."""
        self._services = services
        self._webhooks = webhooks

    def poll(self, account: str | None, pages: int) -> list[Polled]:
        """Read accounts; see ``Desk.poll``."""
        if pages < 1:
            message = f"pages: found {pages}, expected a number from 1"
            raise ValueError(message)
        return [self._read(id_, spec, pages) for id_, spec in self._wanted(account)]

    def _wanted(self, account: str | None) -> Iterable[tuple[str, ConnectorSpec]]:
        if account is None:
            for id_ in sorted(self._services.accounts):
                spec = self._spec(id_)
                if spec is not None and "fetch" in spec.capabilities:
                    yield id_, spec
            return
        if self._services.account(account) is None:
            known = ", ".join(sorted(self._services.accounts)) or "none"
            message = f"there is no account {account!r}; there is: {known}"
            raise NotFound(message)
        spec = self._spec(account)
        if spec is None:
            message = f"no connector for account {account} is installed"
            raise CapabilityMissing(message)
        require(spec, "fetch")
        yield account, spec

    def _spec(self, id_: str) -> ConnectorSpec | None:
        account = self._services.account(id_)
        return self._services.registry.connectors.get(account.network) if account else None

    def _read(self, account: str, spec: ConnectorSpec, pages: int) -> Polled:
        """Read pages until there are no more; where it stands is kept after each."""
        services = self._services
        polled = Polled(account)
        cursor = services.store.cursor(account)
        while polled.pages < pages:
            try:
                page = services.flows.run(spec.connector.fetch(account, cursor), account)
            except DeliveryError as error:
                polled.error = error
                services.log.warning("polling ended early", account=account, reason=str(error))
                return polled
            self._take(spec, polled, page.items)
            if page.cursor is not None and page.cursor != cursor:
                cursor = page.cursor
                services.store.put_cursor(account, cursor, services.clock.now())
            polled.more = page.more
            if not page.more:
                return polled
        return polled

    def _take(self, spec: ConnectorSpec, polled: Polled, items: Iterable[Parsed]) -> None:
        """Store what a page holds; what cannot be understood is kept as it came."""
        now = self._services.clock.now()
        fit = [item for item in items if not isinstance(item, Unreadable)]
        polled.pages += 1
        polled.items += len(fit)
        if fit:
            request = WebhookRequest(method="POST", received_at=now)
            self._webhooks.apply(spec.name, request, fit)
        for item in items:
            if isinstance(item, Unreadable):
                polled.items += 1
                polled.unreadable += 1
                body = json.dumps(item.payload, default=str).encode()
                request = WebhookRequest(method="POST", received_at=now, body=body)
                self._webhooks.keep(spec.name, request, item.reason)
