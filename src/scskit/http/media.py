"""Fetches media from where a message says that they are, and from nowhere else.

The address of a medium comes from outside. Followed blindly, it would let a stranger ask anything
of the machines behind our firewall. So: hosts from a list, https, every address that the name
resolves to looked at, the connection made to the very address that was looked at (a name may
resolve to another one a moment later), all of it again at each redirect, and no more bytes, other
types or longer than agreed.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import httpx

from scskit.core.errors import MediaRefused, RetryLater
from scskit.core.ports import Clock
from scskit.core.time import SystemClock
from scskit.http.addresses import is_host_name, is_listed, is_public
from scskit.http.closing import Closing
from scskit.http.driver import TIMEOUT, tls
from scskit.http.media_rules import LATER, Fetching, Media, MediaRules
from scskit.http.redaction import scrub
from scskit.http.trip import USER_AGENT

Resolver = Callable[[str, int], Sequence[str]]

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the machine's resolver for the addresses of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class MediaFetcher(Closing):
    """Fetches media; may be used from several threads at once. No proxy is used."""

    def __init__(
        self,
        rules: MediaRules,
        *,
        resolver: Resolver = resolve,
        allow: Callable[[str], bool] = is_public,
        context: ssl.SSLContext | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Fetch by rules.

        Args:
            rules: where from, and what.
            resolver: finds the addresses of a name.
            allow: says which addresses may be connected to.
            context: whose certificates are trusted.
            clock: tells the time, for the deadline.
        """
        self._rules = rules
        self._resolver = resolver
        self._allow = allow
        self._clock = clock or SystemClock()
        # A kept connection was checked for another name, and a proxy would resolve by itself; a
        # client would look into redirects before we do.
        self._transport = httpx.HTTPTransport(
            verify=context or tls(),
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Media:
        """Fetch a medium.

        Args:
            url: where a message says that it is.
            headers: to send, such as ``Authorization``; left out after a redirect to another host.

        Raises:
            MediaRefused: it may not be fetched, or is not what it may be.
            Rejected: the server does not have it (any more).
            CredentialsRejected: the server wants other headers.
            RetryLater: the server cannot be reached, or is busy.
        """
        sent = dict(headers or {})
        try:
            return self._follow(Fetching(self._rules, self._clock), url, sent)
        except Exception as error:
            scrub(error, [part for value in sent.values() for part in value.split()])
            raise

    def _follow(self, fetching: Fetching, url: str, sent: Mapping[str, str]) -> Media:
        target = self._checked(url)
        for _ in range(self._rules.redirects + 1):
            response = self._open(target, sent)
            try:
                if response.status_code not in REDIRECTS:
                    return fetching.read(response)
                onward = self._checked(_location(target, response))
            finally:
                response.close()
            sent = sent if onward.netloc == target.netloc else {}
            target = onward
        raise MediaRefused(f"{_shown(target)}: redirected more than {self._rules.redirects} times")

    def _checked(self, url: str) -> httpx.URL:
        """Return a URL that may be followed, as far as can be told without resolving it."""
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, TypeError, ValueError) as error:
            raise MediaRefused(f"this is no URL: {error}") from None
        host = _host(target)
        flaw = (
            (target.scheme != "https" and "its scheme is not https")
            or (target.userinfo and "it holds a user name or password")
            or ((target.port or 443) not in self._rules.ports and f"its port is {target.port}")
            or (not is_host_name(host) and "it names no host by its name")
            or (not is_listed(host, self._rules.hosts) and "its host is not among the allowed")
        )
        if flaw:
            raise MediaRefused(f"{_shown(target)}: {flaw}")
        return target

    def _open(self, target: httpx.URL, headers: Mapping[str, str]) -> httpx.Response:
        """Connect to the first address that answers; every address must be allowed."""
        failed: Exception | None = None
        for address in self._addresses(target):
            request = _request(target, address, headers)
            try:
                response = self._transport.handle_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
            except httpx.RequestError as error:
                failed = error
                break
            else:
                response.request = request
                return response
        raise RetryLater(
            f"{_shown(target)}: {type(failed).__name__}: {failed}", LATER, error_class="retryable"
        ) from failed

    def _addresses(self, target: httpx.URL) -> Sequence[str]:
        try:
            found = self._resolver(_host(target), target.port or 443)
        except (OSError, UnicodeError) as error:
            raise RetryLater(f"{_shown(target)}: {error}", LATER) from error
        refused = [address for address in found if not self._allow(address)]
        if refused or not found:
            what = f"resolves to {', '.join(refused)}" if refused else "resolves to nothing"
            raise MediaRefused(f"{_shown(target)}: {what}, which may not be connected to")
        return found

    def close(self) -> None:
        """Close it."""
        self._transport.close()


def _request(target: httpx.URL, address: str, headers: Mapping[str, str]) -> httpx.Request:
    """Ask the very address that was checked, for the host by its name."""
    return httpx.Request(
        "GET",
        target.copy_with(host=address),
        headers={
            "user-agent": USER_AGENT,
            "accept-encoding": "identity",
            **headers,
            "host": target.netloc.decode("ascii"),
        },
        extensions={"sni_hostname": _host(target), "timeout": TIMEOUT.as_dict()},
    )


def _location(target: httpx.URL, response: httpx.Response) -> str:
    try:
        return str(target.join(response.headers.get("location", "")))
    except (httpx.InvalidURL, ValueError) as error:
        raise MediaRefused(f"{_shown(target)}: redirects to what is no URL: {error}") from None


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii", "replace")


def _shown(url: httpx.URL) -> str:
    """Return a URL without its query, which often holds the right to fetch it."""
    return f"{url.scheme}://{_host(url)}{url.path}"
