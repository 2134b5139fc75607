"""A WhatsApp that behaves like the real one: for tests, and for ``scskit fake whatsapp``.

``network`` is the whole of it, ``ground`` what it stands on. There are ``numbers`` of businesses
and ``people`` (``somebody`` says who they are), the ``messages`` between them, ``media`` and
``templates``. ``sending`` takes what the API is asked to send, and lets it come about, with
``checks``, ``filling`` and ``pace``; ``pushing`` writes webhooks, ``codes`` has the errors, and
``nodes``, ``profiles`` and ``subscribing`` answer the rest. Nothing but tests imports it.
"""

from __future__ import annotations

from scskit_whatsapp.fake.messages import Message
from scskit_whatsapp.fake.network import FakeWhatsApp
from scskit_whatsapp.fake.numbers import Business, Number
from scskit_whatsapp.fake.people import Person
from scskit_whatsapp.fake.templates import Template

__all__ = ["Business", "FakeWhatsApp", "Message", "Number", "Person", "Template"]
