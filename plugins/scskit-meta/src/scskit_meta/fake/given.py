"""What a request gives, whatever form it came in: query, form, JSON, or JSON within a form."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import frozen

from scskit.testing.network import Refused
from scskit_meta.fake.loose import loads

Invalid = Callable[[str], Refused]

_TRUE: Final = frozenset({"1", "true", "True", "yes"})


@frozen
class Given:
    """The parameters of a request.

    Attributes:
        values: as they came; fields of forms are text, which may hold JSON.
        invalid: makes the network's refusal (its error 100) of a parameter, with the reason.
    """

    values: Mapping[str, Any]
    invalid: Invalid

    def has(self, name: str) -> bool:
        """Tell whether a parameter was given at all."""
        return self.values.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        """Return a text; numbers are taken as what they look like.

        Raises:
            Refused: it is an object or a list.
        """
        found = self.values.get(name)
        if found is None:
            return default
        if isinstance(found, (dict, list)):
            raise self.invalid(f"Param {name} must be a string.")
        return found if isinstance(found, str) else json.dumps(found)

    def needed(self, name: str) -> str:
        """Return a text that must be there.

        Raises:
            Refused: it is missing.
        """
        if not (found := self.text(name)):
            raise self.invalid(f"The parameter {name} is required.")
        return found

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return whether a parameter says yes, in any way that Meta takes."""
        found = self.values.get(name)
        return default if found is None else found is True or str(found) in _TRUE

    def number(self, name: str, default: int) -> int:
        """Return a whole number.

        Raises:
            Refused: it is none.
        """
        found = self.text(name)
        if not found:
            return default
        if not found.isdecimal():
            raise self.invalid(f"Param {name} must be a non-negative integer.")
        return int(found[:12])

    def object(self, name: str) -> Given | None:
        """Return the parameters that an object holds; None when it was not given.

        Raises:
            Refused: it is no object.
        """
        if not self.has(name):
            return None
        found = _decoded(self.values[name])
        if not isinstance(found, dict):
            raise self.invalid(f"Param {name} must be a JSON object.")
        return Given(found, self.invalid)

    def list(self, name: str) -> list[Any]:
        """Return a list; also of a text with commas.

        Raises:
            Refused: it is neither.
        """
        found = _decoded(self.values.get(name))
        if found in (None, ""):
            return []
        if isinstance(found, str):
            return [part.strip() for part in found.split(",")]
        if not isinstance(found, list):
            raise self.invalid(f"Param {name} must be an array.")
        return found


def _decoded(value: Any) -> Any:  # noqa: ANN401  any JSON value
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return loads(value)
    except (ValueError, RecursionError):
        return value
