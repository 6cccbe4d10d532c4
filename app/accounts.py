"""The first login: made once, its password shown once."""

from __future__ import annotations

from datetime import datetime

from review.auth import generate_password, hash_password
from storage.records import Role
from storage.store import Store

ADMIN = "admin"


async def ensure_admin(store: Store, organisation: str, now: datetime) -> tuple[str, str | None]:
    """The operator account's name, and its password when it was made just now because there was no user at all."""
    if await store.accounts.list_users():
        return ADMIN, None
    password = generate_password()
    await store.accounts.add_user(ADMIN, Role.OPERATOR, organisation, hash_password(password), now)
    return ADMIN, password
