"""Standing answers and notices on a fake WhatsApp: said once, whatever goes wrong on the way."""

from datetime import timedelta

import pytest
import tomli_w

import scskit_whatsapp
from scskit import open_desk
from scskit.testing.network import Faults

FAULTS = {"duplicate": 0.4, "reorder": 0.3, "batch": 0.4, "drop_and_redeliver": 0.3}
STANDING = {
    "sla": {"targets": [{"first_response": "1h"}]},
    "standing": {"acknowledgement": {"text": "We have it: {within}."}, "handover": {}},
}


def opened(whatsapp, folder):
    """Open a desk that acknowledges, and whose outbox leads to the fake."""
    config = folder / "desk.toml"
    config.write_bytes(tomli_w.dumps({**STANDING, **whatsapp.settings()}).encode())
    parts = {"plugins": [scskit_whatsapp], "discover": False, "client": whatsapp.client()}
    desk = open_desk(f"sqlite:///{folder}/desk.db", config, clock=whatsapp.clock, **parts)
    whatsapp.deliver_to(lambda request: desk.webhook("whatsapp", request))
    return desk


def settle(whatsapp, desk):
    """Let everything arrive that is under way, in both directions."""
    for _ in range(6):
        whatsapp.deliveries.drain()
        desk.outbox.run()
        whatsapp.clock.advance(timedelta(minutes=2))


@pytest.mark.parametrize("seed", [3, 4])
def test_each_person_is_acknowledged_once_and_told_once(checked, tmp_path, seed):
    """Duplicates and lost answers of the network make no second message of ours."""
    whatsapp = checked(seed=seed, faults=Faults(seed, **FAULTS))
    whatsapp.account("acme")
    with opened(whatsapp, tmp_path) as desk:
        for name in ("ana", "bo", "eva"):
            whatsapp.customer(name).writes("Hello?")
        whatsapp.faults.plan("accept_then_timeout", on="POST /{id}/messages", times=1)
        settle(whatsapp, desk)
        cases = [case.id for case in desk.cases.find().cases]
        outage = desk.incidents.open("Outage", by="agent:ana")
        desk.incidents.link(outage.id, cases, by="agent:ana")
        for _ in range(2):
            desk.incidents.notify(outage.id, "We know.", by="agent:ana", key="n")
        settle(whatsapp, desk)
        said = sorted((sent.to, sent.text) for sent in whatsapp)
        assert len(said) == len(set(said)) == 6
        assert {text for _, text in said} == {"We have it: 1 h.\n(Automatic message)", "We know."}
        assert all(desk.cases.get(id_).first_response_at is None for id_ in cases)
