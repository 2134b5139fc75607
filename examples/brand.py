"""A brand on its networks: a desk, and fake networks that push to it and take its answers.

Everything goes over real HTTP on this machine: networks push signed webhooks to the desk's address,
and the desk asks the networks at theirs. Only the time is made up, so that waiting takes no time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from attrs import frozen

from scskit import Case, Desk, open_desk
from scskit.testing import FakeClock
from scskit.testing.network import FakeNetwork
from scskit.web import WsgiWebhooks

HERE = Path(__file__).parent / "demo"


@frozen
class Brand:
    """A brand that serves its customers.

    Attributes:
        name: for people.
        desk: where its cases are.
        networks: where it is, by name.
        clock: what all of them go by.
    """

    name: str
    desk: Desk
    networks: Mapping[str, FakeNetwork]
    clock: FakeClock

    def hears(self) -> None:
        """Take in what the networks push now."""
        for network in self.networks.values():
            network.deliveries.pump()

    def settles(self) -> None:
        """Send and take in until nothing is left to do; the clock jumps over the waiting."""
        while True:
            waits = [self.desk.outbox.run().next_ready]
            self.hears()
            waits += [network.deliveries.next_due() for network in self.networks.values()]
            due = min(filter(None, waits), default=None)
            if due is None:
                return
            self.clock.jump_to(max(due, self.clock.now()))

    def case_of(self, text: str) -> Case:
        """Return the case in which a customer said this."""
        for case in self.cases():
            said = self.desk.cases.interactions(case.id)
            if any(text in one.text for one in said if one.direction == "inbound"):
                return case
        raise LookupError(text)

    def cases(self) -> list[Case]:
        """Return the cases in which a customer said something, oldest first."""
        found = self.desk.cases.find(newest_first=False).cases
        return [case for case in found if case.inbound_count]

    def customer(self, case: Case) -> str:
        """Return how a case's customer is called."""
        identity = self.desk.customers.identity(case.identity_id)
        return identity.name or identity.handle or identity.external_id


@contextmanager
def opened(  # noqa: PLR0913, PLR0917  the parts of a brand
    name: str,
    config: str,
    folder: Path,
    clock: FakeClock,
    networks: Mapping[str, FakeNetwork],
    plugins: Sequence[object],
) -> Iterator[Brand]:
    """Open a brand's desk, and let its networks and it reach each other over HTTP."""
    with ExitStack() as stack:
        lines = [(HERE / config).read_text(encoding="utf-8"), "[plugins]"]
        for network in networks.values():
            url = stack.enter_context(network.serve(hold=0)).url
            tables = network.settings(url)["plugins"]
            lines += [f"{plugin} = {_toml(table)}" for plugin, table in tables.items()]
        desk_file = folder / config
        desk_file.write_text("\n".join(lines), encoding="utf-8")
        desk = stack.enter_context(
            open_desk(folder / "demo.db", desk_file, plugins=plugins, clock=clock, strict=True)
        )
        address = stack.enter_context(_listening(desk))
        for connector, network in networks.items():
            network.deliver_to(f"{address}/{connector}")
            stack.callback(network.deliveries.close)
        yield Brand(name, desk, networks, clock)


def _toml(value: object) -> str:
    """Write a value as a desk file has it."""
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return json.dumps(value)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _listening(desk: Desk) -> Iterator[str]:
    """Answer webhooks at an address of this machine, as any WSGI server would."""
    application = WsgiWebhooks(desk, "/webhooks")
    with make_server("127.0.0.1", 0, application, _Server, _Quiet) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/webhooks"
        finally:
            server.shutdown()
