"""What a harness in any language says to a fake network, under ``/_fake/``.

It is answered in JSON. No client of the network asks for these addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import asdict

from scskit.core.time import require_aware
from scskit.testing.network.calls import Call, answer
from scskit.testing.network.deliveries import Attempt
from scskit.testing.network.scenario import StepInvalid, Thing, play
from scskit.testing.network.waiting import Event

if TYPE_CHECKING:
    import httpx

    from scskit.testing.network.base import FakeNetwork

Said = Mapping[str, Any]


def control(network: FakeNetwork, request: httpx.Request) -> httpx.Response:
    """Answer a harness."""
    what = request.url.path.rstrip("/").rpartition("/")[2]
    does = _DOES.get((request.method.upper(), what))
    if does is None:
        known = ", ".join(f"{method} {name}" for method, name in _DOES)
        return answer(404, {"error": f"there is: {known}"})
    call = Call(request=request, operation=what, at=network.clock.now())
    try:
        return answer(200, does(network, call.json()))
    except Exception as error:  # noqa: BLE001  nothing else tells a harness what is wrong with it
        return answer(400, {"error": f"{type(error).__name__}: {error}"})


def _state(network: FakeNetwork, _: Said) -> Said:
    with network.lock:
        accepted = sum(event.state == "accepted" for event in network.deliveries.events)
        return {
            "network": network.name,
            "seed": network.seed,
            "now": _time(network.clock.now()),
            "sent": [_plain(asdict(sent)) for sent in network.sent],
            "queued": [_event(event) for event in network.deliveries.queued],
            "delivered": accepted,
            "lost": sum(event.state == "lost" for event in network.deliveries.events),
            "requests": dict(network.requests()),
            "faults": [asdict(fault) for fault in network.faults.history],
            "names": {name: thing.told() for name, thing in network.names.items()},
        }


def _reset(network: FakeNetwork, said: Said) -> Said:
    network.reset()
    return _state(network, said)


def _requests(network: FakeNetwork, _: Said) -> Said:
    with network.lock:
        return {"requests": [_plain(asdict(note)) for note in network.log]}


def _deliveries(network: FakeNetwork, _: Said) -> Said:
    return {"deliveries": [_attempt(attempt) for attempt in network.deliveries.attempts]}


def _settings(network: FakeNetwork, said: Said) -> Said:
    return network.settings(str(said.get("url", "")))


def _scenario(network: FakeNetwork, said: Said) -> Said:
    steps = said.get("steps", [said])
    if not isinstance(steps, list):
        raise StepInvalid("steps: expected a list")
    made = [play(network, step) for step in steps]
    return {"made": [thing.told() if isinstance(thing, Thing) else None for thing in made]}


def _clock(network: FakeNetwork, said: Said) -> Said:
    if "advance" in said:
        network.clock.advance(timedelta(seconds=float(said["advance"])))
    elif "to" in said:
        network.clock.jump_to(require_aware(datetime.fromisoformat(str(said["to"])), "to"))
    return {"now": _time(network.clock.now()), "next_due": _time(network.deliveries.next_due())}


def _put_faults(network: FakeNetwork, said: Said) -> Said:
    rates = {str(kind): float(rate) for kind, rate in said.get("rates", {}).items()}
    network.faults.reset(int(said.get("seed", network.faults.seed)), **rates)
    return _faults(network, said)


def _plan_fault(network: FakeNetwork, said: Said) -> Said:
    network.faults.plan(
        str(said["kind"]),
        times=int(said.get("times", 1)),
        on=str(said.get("on", "*")),
        skip=int(said.get("skip", 0)),
    )
    return _faults(network, said)


def _faults(network: FakeNetwork, _: Said) -> Said:
    faults = network.faults
    history = [asdict(fault) for fault in faults.history]
    return {"seed": faults.seed, "rates": dict(faults.rates), "history": history}


def _webhooks(network: FakeNetwork, said: Said) -> Said:
    network.secret = str(said.get("secret") or network.secret)
    network.deliver_to(str(said["url"]), str(said.get("of", "")))
    return {"url": said["url"]}


def _deliver(network: FakeNetwork, said: Said) -> Said:
    deliveries = network.deliveries
    made = deliveries.drain() if said.get("drain") else deliveries.pump()
    return {
        "attempts": [_attempt(attempt) for attempt in made],
        "queued": len(deliveries.queued),
        "now": _time(network.clock.now()),
    }


def _event(event: Event) -> Said:
    return {
        "number": event.number,
        "kind": event.kind,
        "subject": event.subject,
        "to": event.to,
        "due": _time(event.due),
        "attempts": event.attempts,
    }


def _attempt(attempt: Attempt) -> Said:
    told = {**asdict(attempt), "body": attempt.body.decode("utf-8", "replace")}
    return {**_plain(told), "accepted": attempt.accepted}


def _plain(value: Said) -> Said:
    return {name: _time(one) if isinstance(one, datetime) else one for name, one in value.items()}


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


_DOES: Final[Mapping[tuple[str, str], Callable[[FakeNetwork, Said], Said]]] = {
    ("GET", "state"): _state,
    ("DELETE", "state"): _reset,
    ("GET", "requests"): _requests,
    ("GET", "deliveries"): _deliveries,
    ("GET", "settings"): _settings,
    ("POST", "settings"): _settings,
    ("POST", "scenario"): _scenario,
    ("POST", "clock"): _clock,
    ("GET", "faults"): _faults,
    ("PUT", "faults"): _put_faults,
    ("POST", "faults"): _plan_fault,
    ("POST", "webhooks"): _webhooks,
    ("POST", "deliver"): _deliver,
}
