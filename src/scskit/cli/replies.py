"""``scskit replies``: what was said to a customer, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scskit.cli.database import database_options, json_option, open_store
from scskit.cli.outbox import part_as_dict
from scskit.cli.output import clean, print_json, stamp
from scskit.core.errors import NotFound
from scskit.core.ids import CaseId

if TYPE_CHECKING:
    from scskit.core.outbound import Attempt, Part, Reply
    from scskit.core.ports import Reader


@click.group()
def replies() -> None:
    """See what was answered."""


@replies.command()
@click.argument("case_id", metavar="CASE")
@database_options
@json_option
def show(
    case_id: str,
    url: str,
    tenant: str | None,
    as_json: bool,  # noqa: FBT001  click hands flags in by position
) -> None:
    """Show the replies of a case with their parts and every attempt to deliver them."""
    with open_store(url, tenant) as store, store.read() as reader:
        found = _read(reader, case_id)
        for reply, parts in found:
            if as_json:
                print_json(_as_dict(reader, reply, parts))
            else:
                _show(reader, reply, parts)
    if not found and not as_json:
        click.echo("no replies")


def _read(reader: Reader, case_id: str) -> list[tuple[Reply, list[Part]]]:
    from scskit.desk.drafting import as_it_stands  # noqa: PLC0415  help stays quick

    id_ = CaseId(case_id)
    if id_ not in reader.cases([id_]):
        message = f"there is no case {case_id!r} for this tenant"
        raise NotFound(message)
    written = reader.replies.replies_of(id_)
    parts = reader.replies.parts_of(reply.id for reply in written)
    return [(as_it_stands(one, parts.get(one.id, [])), parts.get(one.id, [])) for one in written]


def _as_dict(reader: Reader, reply: Reply, parts: list[Part]) -> dict[str, object]:
    from scskit.wire.replies import write_reply_plain  # noqa: PLC0415  help stays quick

    told = [
        {**part_as_dict(part), "tried": list(map(_attempt, reader.replies.attempts(part.id)))}
        for part in parts
    ]
    return {**write_reply_plain(reply), "parts": told}


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "number": attempt.number,
        "began_at": stamp(attempt.began_at),
        "ended_at": stamp(attempt.ended_at),
        "outcome": attempt.outcome,
        "code": attempt.code,
        "request_id": attempt.request_id,
        "detail": attempt.detail,
    }


def _show(reader: Reader, reply: Reply, parts: list[Part]) -> None:
    said = ", ".join(filter(None, (reply.visibility, reply.purpose, reply.account_id)))
    click.secho(clean(f"{reply.id}: {reply.state} ({said}), by {reply.by}"), bold=True)
    for line in reply.text.splitlines():
        click.echo(f"    {clean(line)}")
    for reason in (*reply.asked_for, *filter(None, (reply.detail,))):
        click.echo(f"  because {clean(reason)}")
    for part in parts:
        stands = f" as {part.external_id}" if part.external_id else ""
        click.echo(clean(f"  part {part.number}, {part.id}: {part.state}{stands}"))
        for one in reader.replies.attempts(part.id):
            why = ": ".join(filter(None, (one.outcome.replace("_", " "), one.code, one.detail)))
            click.echo(clean(f"    {stamp(one.began_at)}  {why}"))
