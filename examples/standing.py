"""What the brands said, counted where it matters: on the networks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.panel import Panel
from rich.table import Table

if TYPE_CHECKING:
    from brand import Brand
    from rich.console import Console


def standing(brands: Sequence[Brand], console: Console) -> None:
    """Print how often each reply stands on its network, whatever went wrong on the way.

    Raises:
        SystemExit: something stands there twice or not at all, or nobody said it.
    """
    table = Table("account", "what the brand said", "stands there")
    wrong: list[str] = []
    for brand in brands:
        there = Counter(
            (name, sent.text) for name, network in brand.networks.items() for sent in network
        )
        for account, text in _said(brand):
            times = there.pop((account.partition(".")[0], text), 0)
            table.add_row(
                account, text, "[green]once[/]" if times == 1 else f"[red]{times} times[/]"
            )
            wrong += [text] if times != 1 else []
        wrong += [text for _, text in there]
    title = "[bold]Nothing was said twice, and nothing was lost[/]: counted on the networks"
    console.print(Panel(title, expand=False))
    console.print(table)
    if wrong:
        raise SystemExit(f"not exactly once: {wrong}")


def _said(brand: Brand) -> Iterator[tuple[str, str]]:
    """Yield the account and the words of everything that the brand's people sent."""
    for case in brand.cases():
        for reply in brand.desk.replies.of(case.id):
            yield reply.account_id, reply.text
