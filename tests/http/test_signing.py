"""Signatures over raw bytes."""

from __future__ import annotations

import hashlib
import hmac as reference
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.core.errors import SignatureInvalid
from scskit.http.signing import check_signature, sign, signed_by

ENCODINGS = ("hex", "base64")


def test_the_example_that_x_publishes():
    """What X's documentation computes for its handshake comes out here too."""
    signed = sign(b"test token", "apiSecret", "base64")
    assert signed == "sha256=O5hJl2njQRIa4vsumZ+3oom9ECR5m3aQLRZkPoYelp0="


def test_the_example_of_rfc_4231():
    """The digest is the HMAC-SHA256 that everybody else computes (test case 2)."""
    signed = sign(b"what do ya want for nothing?", "Jefe", prefix="")
    assert signed == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@given(st.binary(), st.text(min_size=1), st.lists(st.text()), st.sampled_from(ENCODINGS))
def test_what_one_of_the_secrets_signed_is_taken(body, secret, others, encoding):
    """While secrets are being exchanged, both the old and the new one are good."""
    digest = reference.new(secret.encode(), body, hashlib.sha256).digest()
    written = digest.hex() if encoding == "hex" else b64encode(digest).decode()
    assert signed_by(body, f"sha256={written}", [*others, secret], encoding)
    assert signed_by(body, written, [secret, *others], encoding, prefix="")


@given(st.binary(), st.text(min_size=1), st.text(), st.sampled_from(ENCODINGS), st.data())
def test_nothing_else_is_taken(body, secret, noise, encoding, data):
    """One other byte, another secret, a piece of the signature: all refused."""
    signed = sign(body, secret, encoding)
    position = data.draw(st.integers(0, len(signed) - 1))
    wrong = signed[:position] + ("x" if signed[position] != "x" else "y") + signed[position + 1 :]
    for given_signature in (
        wrong,
        noise,
        "\ud800",
        signed[:-1],
        signed + "=",
        signed.encode().hex(),
        "",
    ):
        assert not signed_by(body, given_signature, [secret], encoding)
    assert not signed_by(body + b" ", signed, [secret], encoding)
    assert not signed_by(body, signed, [f"{secret}x"], encoding)


def test_the_same_json_written_anew_is_another_body():
    r"""Meta writes ``\u00f1`` and ``\/``: only the bytes as they came match."""
    came = rb'{"text":"ma\u00f1ana","url":"https:\/\/example.com"}'
    signed = sign(came, "s")
    assert signed_by(came, signed, ["s"])
    assert not signed_by('{"text":"mañana","url":"https://example.com"}'.encode(), signed, ["s"])


def test_an_empty_secret_opens_nothing():
    """A secret that was left empty does not let everybody in."""
    assert not signed_by(b"{}", sign(b"{}", ""), [""])
    with pytest.raises(SignatureInvalid, match="no secret is configured"):
        check_signature(b"{}", sign(b"{}", ""), [""], header="x-signature")


def test_all_secrets_are_tried(monkeypatch):
    """The time it takes does not tell which of the secrets is in use."""
    compared = []
    compare = reference.compare_digest
    monkeypatch.setattr(
        "scskit.http.signing.hmac.compare_digest",
        lambda ours, theirs: compared.append(ours) or compare(ours, theirs),
    )
    assert signed_by(b"{}", sign(b"{}", "a"), ["a", "b", "c"])
    assert len(compared) == 3


def test_a_refusal_says_what_is_wrong_and_no_secret():
    """Whoever sets a webhook up sees whether the signature is missing or wrong."""
    with pytest.raises(SignatureInvalid, match="x-signature is missing"):
        check_signature(b"{}", "", ["hush"], header="x-signature")
    with pytest.raises(SignatureInvalid, match=r"x-signature does not match .* 2 bytes") as refused:
        check_signature(b"{}", sign(b"{}", "other"), ["hush"], header="x-signature")
    assert "hush" not in str(refused.value)
    assert sign(b"{}", "hush") not in str(refused.value)
    check_signature(b"{}", sign(b"{}", "hush"), ["old", "hush"], header="x-signature")
