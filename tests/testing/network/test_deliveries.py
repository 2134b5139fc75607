"""What a fake network pushes: until it is taken, and in every order that networks push in."""

from datetime import timedelta

import pytest

SECOND = timedelta(seconds=1)


def write(network, *texts):
    ana = network.customer("ana")
    return [ana.writes(text) for text in texts]


def test_what_is_due_is_handed_over_signed(network, house):
    """A receiver gets each event once, with a signature that it can check."""
    write(network, "one", "two")
    attempts = network.deliveries.pump()
    assert house.got == ["letter:l1", "letter:l2"]
    assert all(attempt.accepted for attempt in attempts)
    assert {event.state for event in network.deliveries.events} == {"accepted"}
    assert network.deliveries.pump() == []


@pytest.mark.parametrize("status", [500, 302, 404])
def test_what_is_not_taken_comes_again_later(network, house, status):
    """Only a 2xx takes a delivery; all else brings it back after the network's back-off."""
    house.statuses = [status, status]
    write(network, "one")
    network.deliveries.pump()
    assert (house.got, len(network.deliveries.pump())) == ([], 0)
    began = network.clock.now()
    network.deliveries.drain()
    assert house.got == ["letter:l1"]
    assert network.clock.now() - began == 6 * SECOND  # two seconds, then four


def test_a_receiver_that_breaks_gets_it_again(network):
    """A crash while a delivery is taken loses nothing."""
    write(network, "one")
    taken = []

    def fragile(request):
        taken.append(request)
        if len(taken) == 1:
            raise RuntimeError("power cut")
        from scskit.plugins import WebhookResponse

        return WebhookResponse.text("ok")

    attempts = network.deliveries.drain(fragile)
    assert [(a.status, a.error) for a in attempts] == [(None, "RuntimeError: power cut"), (200, "")]


def test_what_nobody_ever_takes_is_given_up(network, house):
    """A network does not push for ever, and says what it gave up."""
    house.statuses = [500] * 99
    write(network, "one")
    network.deliveries.drain(most=timedelta(days=99))
    assert [event.state for event in network.deliveries.events] == ["lost"]


def test_without_a_receiver_it_waits(network):
    """What happens before anybody listens is there when somebody does."""
    write(network, "one")
    assert network.deliveries.drain() == []
    got = []
    network.deliveries.pump(lambda request: got.append(request) or _ok())
    assert len(got) == 1


def _ok():
    from scskit.plugins import WebhookResponse

    return WebhookResponse.text("ok")


def test_a_duplicate_comes_twice(network, house):
    """At least once is what networks promise, and twice is what they do."""
    network.faults.plan("duplicate")
    write(network, "one", "two")
    network.deliveries.pump()
    assert sorted(house.got) == ["letter:l1", "letter:l1", "letter:l2"]


def test_reordering_changes_the_order_and_loses_nothing(network, house):
    """A later message can come first."""
    network.faults.plan("reorder")
    write(network, "one", "two")
    network.deliveries.drain()
    assert house.got == ["letter:l2", "letter:l1"]


def test_a_batch_holds_what_is_due(network, house):
    """One body may hold many events."""
    network.faults.plan("batch")
    write(network, "one", "two", "three")
    (attempt,) = network.deliveries.pump()
    assert (attempt.events, len(house.got)) == ((1, 2, 3), 3)


def test_what_is_dropped_comes_again(network, house):
    """A delivery that is lost on the way is pushed once more."""
    network.faults.plan("drop_and_redeliver")
    write(network, "one")
    (lost,) = network.deliveries.pump()
    assert (lost.error, house.got) == ("dropped", [])
    network.deliveries.drain()
    assert house.got == ["letter:l1"]


def test_an_edit_can_overtake_what_it_changes(network, house):
    """The change of a message may come before the message."""
    network.faults.plan("edit_before_original")
    (letter,) = write(network, "one")
    letter.edited("eins")
    network.deliveries.drain()
    assert house.got == ["edit:l1", "letter:l1"]


def test_what_was_taken_is_not_overtaken(network, house):
    """An edit of what has been delivered comes after it, and no fault is claimed."""
    network.faults.plan("edit_before_original")
    (letter,) = write(network, "one")
    network.deliveries.pump()
    letter.edited("eins")
    network.deliveries.drain()
    assert (house.got, network.faults.history) == (["letter:l1", "edit:l1"], ())


def test_a_wrong_clock_is_a_little_wrong(network):
    """Times that a network writes may lie beside its clock, and beside nothing else."""
    assert network.stamp() == network.clock.now()
    network.faults.plan("clock_skew")
    wrong = network.stamp() - network.clock.now()
    assert timedelta(0) < abs(wrong) <= timedelta(seconds=90)


def test_each_event_goes_where_it_is_for(network, house):
    """Several receivers each get their own, in process or not."""
    got = []
    network.deliveries.addresses["https://other.example/hook"] = lambda r: got.append(r) or _ok()
    network.deliveries.push("other", {"is": "note", "id": "n"}, to="https://other.example/hook")
    write(network, "one")
    network.deliveries.pump()
    assert (len(got), house.got) == (1, ["letter:l1"])


def test_who_is_not_listened_to_holds_up_nobody(network, house):
    """Time goes on for those that are taken, while others wait for somebody to take them."""
    network.deliver_to(None)
    write(network, "waits")
    got = []
    network.deliveries.addresses["https://other.example/hook"] = lambda r: got.append(r) or _ok()
    later = {"to": "https://other.example/hook", "delay": 60 * SECOND}
    network.deliveries.push("other", {"is": "note", "id": "n"}, **later)
    network.deliveries.drain()
    assert len(got) == 1
    network.deliver_to(house)
    network.deliveries.drain()
    assert house.got == ["letter:l1"]


def test_a_batch_holds_only_what_goes_together(network, house):
    """What the network writes into bodies of its own stays out, and comes after."""
    network.faults.plan("batch")
    network.goes_with = lambda one, other: "edit" not in {one.kind, other.kind}
    first, _ = write(network, "one", "two")
    first.edited("eins")
    write(network, "three")
    attempts = network.deliveries.pump()
    assert [attempt.events for attempt in attempts] == [(1, 2, 4), (3,)]


def test_a_crowd_of_events_is_handed_over_in_order(network, house):
    """However many wait, each comes once, and those that are due first come first."""
    for number in range(2000):
        delay = (number * 7919 % 2000) * SECOND
        network.deliveries.push("other", {"is": "note", "id": f"{number}"}, delay=delay)
    network.deliveries.drain()
    assert len(set(house.got)) == 2000
    assert house.now == sorted(house.now)
