"""The brand's accounts as rows."""

from __future__ import annotations

from scskit.core.account import Account
from scskit.storage.drivers import Row


def account_row(tenant: str, account: Account) -> Row:
    """Return the row of an account."""
    return (
        tenant,
        account.id,
        account.network,
        account.handle,
        account.purpose,
        account.identity_scope,
    )


def read_account(row: Row) -> Account:
    """Build an account from its row."""
    _, id_, network, handle, purpose, scope = row
    return Account(id=id_, network=network, handle=handle, purpose=purpose, identity_scope=scope)
