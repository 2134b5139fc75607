"""What both kinds of servers say in their own ways."""

from __future__ import annotations

from urllib.parse import parse_qsl

from scskit.core.policy import Policy


def enough(policy: Policy) -> int:
    """Return how many bytes of a body tell that it is too long; more are never held."""
    return policy.intake.max_body + 1


def connector_at(path: str, below: str) -> str | None:
    """Return the last part of a path, the connector's name, if the rest is ``below``.

    Args:
        path: of the request, below where the application is mounted.
        below: the path in front of the names; empty or ``/`` for none.
    """
    front, _, name = path.rstrip("/").rpartition("/")
    return name if front.strip("/") == below.strip("/") else None


def parameters(query: str) -> dict[str, str]:
    """Return the parameters of a query string, the last of each name."""
    return dict(parse_qsl(query, keep_blank_values=True))
