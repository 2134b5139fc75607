"""``scskit check --networks``: what the networks say about the accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import click
from attrs import asdict, frozen

from scskit.cli.output import clean, fail, print_json
from scskit.core.diagnosis import Finding, finding_of
from scskit.core.errors import DeliveryError
from scskit.core.policy import Policy
from scskit.http.driver import Driver
from scskit.http.retry import Patience
from scskit.plugins.specs import ConnectorSpec

if TYPE_CHECKING:
    from scskit.plugins.registry import Registry

PATIENCE: Final = Patience(attempts=2, first_wait=0.2, longest=3.0)
"""Somebody is sitting in front of it."""

_COLOURS: Final = {"ok": "green", "missing": "red", "invalid": "red", "unknown": "yellow"}


@frozen(kw_only=True)
class Subject:
    """An account that is asked about.

    Attributes:
        account: its id in the desk.
        spec: its network's connector.
    """

    account: str
    spec: ConnectorSpec


def diagnose(policy: Policy, registry: Registry, *, as_json: bool) -> bool:
    """Ask about every account and tell what is found.

    Returns:
        Whether every account has a token that is good, and lacks nothing.
    """
    subjects = list(accounts(policy, registry))
    if not subjects:
        names = ", ".join(s.name for s in registry.connectors.values() if _asks(s)) or "none"
        fail(f"no account can be asked about; connectors that can ask: {names}")
        return False
    fine = True
    with Driver(patience=PATIENCE) as driver:
        for subject in subjects:
            findings = ask(driver, subject)
            fine = fine and is_fine(findings)
            _tell(subject, findings, as_json=as_json)
    return fine


def accounts(policy: Policy, registry: Registry) -> Iterator[Subject]:
    """Yield the accounts of the desk file and of the connectors' own settings, each once."""
    for spec in sorted(registry.connectors.values(), key=lambda spec: spec.name):
        if not _asks(spec):
            continue
        declared = [a.id for a in policy.accounts.values() if a.network == spec.name]
        for account in dict.fromkeys((*declared, *spec.connector.accounts())):
            yield Subject(account=account, spec=spec)


def _asks(spec: ConnectorSpec) -> bool:
    return "diagnose" in spec.capabilities


def ask(driver: Driver, subject: Subject) -> Sequence[Finding]:
    """Return what a network says of an account; what fails is a finding and costs no other."""
    try:
        return driver.run(subject.spec.connector.diagnose(subject.account), subject.account)
    except DeliveryError as error:
        return (finding_of("token", error),)
    except Exception as error:  # noqa: BLE001  a connector's bug: the other accounts go on
        detail = f"the connector failed: {type(error).__name__}"
        return (Finding(what="token", state="unknown", detail=detail),)


def is_fine(findings: Sequence[Finding]) -> bool:
    """Tell whether a token was found good, and nothing wrong."""
    good = any(one.what == "token" and one.state == "ok" for one in findings)
    return good and not any(one.wrong for one in findings)


def _tell(subject: Subject, findings: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        named = {"account": subject.account, "network": subject.spec.name}
        for finding in findings:
            print_json({**named, **asdict(finding)})
        return
    click.echo(f"{subject.account} ({subject.spec.name})")
    for finding in findings:
        state = click.style(f"{finding.state:<8}", fg=_COLOURS[finding.state])
        detail = f": {finding.detail}" if finding.detail else ""
        click.echo(f"  {state} {clean(finding.what + detail)}")
        if finding.remedy and finding.state != "ok":
            click.echo(f"           {clean(finding.remedy)}")
