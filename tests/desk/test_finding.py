"""Finding cases: each filter, and pages that neither skip nor repeat."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scskit import CustomerMatch
from scskit.testing import START, message

BY = {"by": "agent:ana", "because": "a good reason"}
MINUTE = timedelta(minutes=1)


def ids(page):
    return [case.id for case in page.cases]


@pytest.fixture
def desk(open_here, policy, hooks):
    """Open a desk that knows who ana is."""

    def identify(identity):
        return CustomerMatch(crm_id="c-ana", evidence="x") if identity.handle == "ana" else None

    hooks.identify = identify
    return open_here(policy, plugins=[hooks])


@pytest.fixture
def cases(desk):
    """Make four cases that differ in everything."""
    items = [
        message("hello", by="ana", posted_at=START),
        message("my invoice", by="ben", posted_at=START + MINUTE),
        message("a refund please", by="eva", posted_at=START + 2 * MINUTE),
        message("my parcel", by="joe", account="facebook.acme", posted_at=START + 3 * MINUTE),
    ]
    found = [outcome.case_id for outcome in desk.ingest(items).outcomes]
    desk.cases.assign(found[0], "ana", **BY)
    desk.cases.solve(found[1], **BY)
    desk.cases.set_priority(found[3], "P2", **BY)
    return found


FILTERS = {
    "one state": ({"states": ("solved",)}, [1]),
    "one state by itself": ({"states": "solved"}, [1]),
    "several states": ({"states": ("new", "open")}, [0, 2, 3]),
    "a list of states": ({"states": ["solved", "open"]}, [0, 1]),
    "a queue": ({"queue": "billing"}, [1, 2]),
    "an agent": ({"agent": "ana"}, [0]),
    "an account": ({"account": "facebook.acme"}, [3]),
    "an identity": ({"identity": "twitter::ben"}, [1]),
    "a reason and those below": ({"reason": "billing"}, [1, 2]),
    "a reason at the end": ({"reason": "billing.refund"}, [2]),
    "half a reason": ({"reason": "bill"}, []),
    "a priority": ({"priorities": ("P1",)}, [2]),
    "priorities": ({"priorities": ("P1", "P2")}, [2, 3]),
    "from": ({"opened_from": START + MINUTE}, [1, 2, 3]),
    "before": ({"opened_before": START + MINUTE}, [0]),
    "between": ({"opened_from": START + MINUTE, "opened_before": START + 2 * MINUTE}, [1]),
    "two things": ({"queue": "billing", "states": ("new",)}, [2]),
    "nobody": ({"agent": "nobody"}, []),
    "an agent without a name": ({"agent": ""}, []),
    "nothing": ({}, [0, 1, 2, 3]),
    "nothing in particular": ({"agent": None, "states": ()}, [0, 1, 2, 3]),
    "looks like a pattern": ({"reason": "%"}, []),
    "looks like SQL": ({"queue": "' OR 1=1 --"}, []),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_finds_what_it_says(desk, cases, name):
    """What is asked for is found, and nothing else."""
    filters, expected = FILTERS[name]
    assert ids(desk.cases.find(newest_first=False, **filters)) == [cases[n] for n in expected]
    assert ids(desk.cases.find(**filters)) == [cases[n] for n in reversed(expected)]


def test_a_customers_cases_are_found(desk, cases):
    """All matters of one person can be listed."""
    customer = desk.cases.get(cases[0]).customer_id
    assert customer
    assert ids(desk.cases.find(customer=customer)) == [cases[0]]


@pytest.mark.parametrize(
    ("filters", "error", "expected"),
    [
        ({"state": "new"}, TypeError, "state"),
        ({"states": ("opened",)}, ValueError, "states: found 'opened', allowed: new, open"),
        ({"priorities": ("P9",)}, ValueError, "priorities: found 'P9', allowed: P1, P2, P3, P4"),
        ({"opened_from": datetime(2026, 1, 1)}, ValueError, "opened_from is naive"),  # noqa: DTZ001
        ({"opened_before": datetime(2026, 1, 1)}, ValueError, "opened_before is naive"),  # noqa: DTZ001
        ({"limit": 0}, ValueError, "limit: found 0, expected 1 to 1000"),
        ({"limit": 1001}, ValueError, "limit: found 1001, expected 1 to 1000"),
        ({"limit": -1}, ValueError, "limit"),
    ],
)
def test_a_mistake_in_a_question_is_not_answered_with_nothing(desk, filters, error, expected):
    """Who asks for what cannot be is told so, rather than that there is none."""
    with pytest.raises(error, match=expected):
        desk.cases.find(**filters)


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 7, 10, 100])
def test_pages_hold_every_case_once(desk, limit, newest_first):
    """Whoever goes through all pages has seen everything, in order."""
    made = [
        outcome.case_id for outcome in desk.ingest(message(by=f"p{n}") for n in range(10)).outcomes
    ]
    seen, after, pages = [], "", 0
    while True:
        page = desk.cases.find(after=after, limit=limit, newest_first=newest_first)
        seen += ids(page)
        pages += 1
        if not page.cursor:
            break
        after = page.cursor
    assert seen == (made[::-1] if newest_first else made)
    assert pages == max(1, -(-10 // limit))


@pytest.mark.parametrize("newest_first", [True, False])
def test_cases_that_come_while_one_turns_pages_neither_skip_nor_repeat_any(
    desk, clock, newest_first
):
    """New work does not move the pages that one has not read yet."""

    def open_some(number):
        clock.advance(MINUTE)
        items = [message(by=f"p{number}-{n}", posted_at=clock.now()) for n in range(4)]
        return [outcome.case_id for outcome in desk.ingest(items).outcomes]

    made = open_some(0) + open_some(1)
    added, seen, after = [], [], ""
    for number in range(2, 40):
        page = desk.cases.find(after=after, limit=3, newest_first=newest_first)
        seen += ids(page)
        if not page.cursor:
            break
        after = page.cursor
        if number < 5:
            added += open_some(number)
    assert seen == (made[::-1] if newest_first else made + added)


def test_a_case_that_changes_while_one_turns_pages_is_seen_as_it_is(desk, cases):
    """A page shows the cases as they are when it is read."""
    first = desk.cases.find(limit=2, newest_first=False)
    desk.cases.solve(cases[2], **BY)
    second = desk.cases.find(limit=2, newest_first=False, after=first.cursor)
    assert [(case.id, case.state) for case in second.cases] == [
        (cases[2], "solved"),
        (cases[3], "new"),
    ]


def test_an_empty_desk_has_one_empty_page(open_here):
    """Nothing is an answer, too."""
    page = open_here(tenant="empty").cases.find()
    assert (page.cases, page.cursor) == ((), "")
