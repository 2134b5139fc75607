"""A made-up network of letters: people write to a house, and the house answers by API."""

# ruff: noqa: ARG002  a network need not look at all that it is given

import json
from datetime import timedelta

from scskit.http.signing import sign
from scskit.testing.network import FakeNetwork, Refused, Routes, Sent, Thing, answer, verb

routes = Routes()


class Letter(Thing):
    """One letter."""

    def __init__(self, network, writer, text):
        """Write it, and tell the house."""
        super().__init__(network, f"l{len(network.letters) + 1}")
        self.writer, self.text = writer, text
        network.letters[self.id] = self
        network.deliveries.push("message", self.told(), subject=self.id)

    def told(self):
        """Say who wrote what."""
        return {**super().told(), "by": self.writer.id, "text": self.text}

    @verb
    def edited(self, text):
        """Change what it says."""
        self.text = text
        change = {"is": "edit", "id": self.id, "text": text}
        self.network.deliveries.push("edit", change, subject=self.id)


class Person(Thing):
    """Anybody."""

    @verb
    def writes(self, text: str, on=None):
        """Write a letter, perhaps an answer."""
        return Letter(self.network, self, text)


class Letters(FakeNetwork):
    """The network."""

    name = "letters"
    hosts = frozenset({"letters.example"})
    routes = routes
    most_in_batch = 10

    def set_up(self):
        """Begin without letters."""
        self.letters = {}

    def customer(self, name):
        """Return a person."""
        return self.names.setdefault(name, Person(self, name))

    account = customer

    def settings(self, url):
        """Return what a connector would be told."""
        return {"plugins": {"letters": {"base_url": url, "secret": self.secret}}}

    def compose(self, events):
        """Sign a list of what happened."""
        body = json.dumps([event.payload for event in events]).encode()
        return body, {"x-signature": sign(body, self.secret)}

    def authorize(self, call, auth):
        """Take the one token there is."""
        if call.bearer != "house-token":
            raise Refused(self.refusal("unauthorized", call))
        return "house"

    def limit(self, call):
        """Take three in a minute."""
        left = self.limits.take(call.operation, 3, timedelta(minutes=1))
        call.notes["left"] = left.remaining
        if not left.allowed:
            raise Refused(self.refusal("rate_limited", call))

    def finish(self, call, response):
        """Say what is left."""
        response.headers["x-left"] = str(call.notes.get("left", ""))


@routes.add("POST", "/letters/{id}/answers")
def answers(network, call):
    """Answer a letter."""
    if call.params["id"] not in network.letters:
        return answer(404, {"error": "no such letter"})
    number = f"a{len(network.sent) + 1}"
    text = call.json()["text"]
    sent = Sent(id=number, kind="answer", account=call.caller, text=text, at=call.at)
    network.sent.append(sent)
    network.deliveries.push("echo", {"is": "echo", "id": number, "text": text}, subject=number)
    network.deliveries.push("receipt", {"is": "receipt", "id": number}, subject=number)
    return answer(201, {"id": number})


@routes.add("GET", "/letters/{id}")
def one(network, call):
    """Read a letter."""
    return answer(200, network.letters[call.params["id"]].told())


@routes.add("POST", "/parcels")
def parcel(network, call):
    """Say what came in a form."""
    files = {name: file.content.decode() for name, file in call.files().items()}
    return answer(200, {"fields": call.values(), "files": files})
