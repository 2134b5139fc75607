"""Templates that a network approved: what is sent, and what is not."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from attrs import evolve

from scskit import ReplyRefused
from scskit.core.network_templates import NetworkTemplate, prepare
from scskit.core.slots import Slot
from scskit.core.templates import TemplateInvalid
from scskit.core.wording import Amount

SLOTS = {
    "name": Slot(name="name", source="profile"),
    "much": Slot(name="much", kind="amount"),
    "bill": Slot(name="bill", kind="url", hosts=("acme.example",)),
    "order": Slot(name="order", kind="case_id"),
}
BILL = NetworkTemplate(
    name="bill_es",
    template="order_bill",
    language="es_MX",
    text="Hola {name}, su pedido cuesta {much}.",
    slots=SLOTS,
    header="bill",
    header_kind="document",
    buttons={1: "order"},
)
VALUES = {
    "name": "Ana",
    "much": Amount(Decimal("1299.5"), "MXN"),
    "bill": "https://acme.example/bill.pdf",
    "order": "A-17",
}


def test_the_network_is_sent_what_it_approved():
    """Header, text and button are filled in the network's own order, as its interface takes it."""
    found = prepare(BILL, VALUES)
    assert found.text == "Hola Ana, su pedido cuesta 1,299.50\u00a0MXN."
    assert (found.version, found.used, found.template) == (BILL.version, "es_MX", "bill_es")
    money = {"fallback_value": "1,299.50\u00a0MXN", "code": "MXN", "amount_1000": 1299500}
    assert found.extra["template"] == {
        "name": "order_bill",
        "language": {"policy": "deterministic", "code": "es_MX"},
        "components": [
            {
                "type": "header",
                "parameters": [
                    {"type": "document", "document": {"link": "https://acme.example/bill.pdf"}}
                ],
            },
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "text": "Ana"},
                    {"type": "currency", "currency": money},
                ],
            },
            {
                "type": "button",
                "sub_type": "url",
                "index": "1",
                "parameters": [{"type": "text", "text": "A-17"}],
            },
        ],
    }
    assert json.loads(json.dumps(found.extra)) == found.extra


def test_placeholders_are_filled_in_the_order_of_the_text():
    """What stands first is sent first, unless the network knows another order."""
    slots = {"b": Slot(name="b"), "a": Slot(name="a")}
    template = NetworkTemplate(name="t", language="en", text="{a} then {b}", slots=slots)
    assert template.placeholders == ("a", "b")
    assert evolve(template, body=("b", "a")).placeholders == ("b", "a")
    nothing = NetworkTemplate(name="t", language="en", text="Hello!")
    assert "components" not in prepare(nothing, {}).extra["template"]


def test_a_line_break_in_a_value_is_no_reason_to_fail():
    """WhatsApp refuses breaks and tabs in parameters: they are blanks before it sees them."""
    found = prepare(BILL, VALUES | {"name": "Ana\n\tMaría"})
    assert found.text.startswith("Hola Ana María,")


@pytest.mark.parametrize("status", ["paused", "rejected"])
def test_what_is_not_approved_is_not_sent(status):
    """A template that the network stopped is found out here, not by a failed message."""
    with pytest.raises(ReplyRefused, match=f"whatsapp has {status} the template 'bill_es'"):
        prepare(evolve(BILL, status=status), VALUES)


def test_every_slot_is_checked_as_in_any_template():
    """Too few, too many, of another kind: all are said at once."""
    with pytest.raises(ReplyRefused) as caught:
        prepare(BILL, {"name": "Ana", "much": "12.5", "order": "A 17", "of": "x"})
    assert [violation.code for violation in caught.value.violations] == [
        "template.slot_wrong",
        "template.slot_missing",
        "template.slot_wrong",
        "template.slot_unknown",
    ]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"text": "Hola {nme}, {much}"}, "text: found {nme}"),
        ({"text": "Hola"}, "slot 'name', which fills nothing"),
        ({"header": "hed"}, "header: found 'hed'; allowed: name, much, bill, order"),
        ({"body": ("name", "muhc")}, "body: found 'muhc'"),
        ({"header": "order"}, "slot 'order' of kind case_id for document"),
        ({"buttons": {0: "name"}}, "slot 'name' of kind text, which becomes part of a link"),
        ({"buttons": {10: "order"}}, "buttons: found 10; allowed: 0 to 9"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes, problem):
    """Mistakes are found by who writes the desk file."""
    with pytest.raises(TemplateInvalid) as caught:
        evolve(BILL, **changes)
    assert problem in str(caught.value)


def test_a_version_is_of_what_is_sent():
    """That the network paused a template does not make it another one."""
    assert evolve(BILL, status="paused", title="x").version == BILL.version
    assert evolve(BILL, language="es").version != BILL.version
    assert evolve(BILL, body=("name", "much")).version == BILL.version
