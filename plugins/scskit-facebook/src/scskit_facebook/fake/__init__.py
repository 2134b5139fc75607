"""A fake Facebook with Messenger and Instagram: for tests, and for ``scskit fake``.

``server`` is the network. ``people`` and ``accounts`` are who is on it, ``content`` and
``messages`` what stands there, ``telling`` and ``talking`` what is pushed of it. ``reading``,
``posting``, ``tending``, ``conversing`` and ``extras`` are the operations. No connector imports it.
"""

from __future__ import annotations

from scskit_facebook.fake.accounts import Account, Page, Professional
from scskit_facebook.fake.content import Comment, Content, Post, Review
from scskit_facebook.fake.messages import Conversation, Message
from scskit_facebook.fake.people import Customer
from scskit_facebook.fake.server import FakeFacebook, FakeInstagram

__all__ = [
    "Account",
    "Comment",
    "Content",
    "Conversation",
    "Customer",
    "FakeFacebook",
    "FakeInstagram",
    "Message",
    "Page",
    "Post",
    "Professional",
    "Review",
]
