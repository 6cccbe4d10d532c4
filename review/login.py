"""Checking a password and opening a session, with guessing slowed down and every attempt in the audit."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import timedelta

from core.errors import NotInStore
from review.auth import hash_password, needs_rehash, new_token, token_digest, verify_password
from review.deps import Desk
from review.problems import Refusal
from storage.records import User

_WRONG = "The user name or the password is not right."
# The hash of a random password that nobody knows: an unknown user costs the same time as a known one.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$xBMQjPu7hyvdzCIW6qxxpA$4GPxusJhpbeZrNTfM+mEOeW/ml74wvu32EeLbZCKktQ"


async def check_password(desk: Desk, name: str, password: str, address: str) -> User:
    """The user whose password that is. Raises 401 when it is not, 429 while guessing is slowed down."""
    wait = desk.throttle.wait(name, address, time.monotonic())
    if wait > 0:
        desk.meters.logins.labels("slowed").inc()
        pause = math.ceil(wait)
        raise Refusal(
            429,
            f"Too many failed attempts. Try again in {pause} seconds.",
            code="slow_down",
            headers={"Retry-After": str(pause)},
        )
    try:
        user: User | None = await desk.store.accounts.get_user(name.strip())
    except NotInStore:
        user = None
    # Counted before the work, so that parallel guesses cannot all pass the check above.
    desk.throttle.failed(name, address, time.monotonic())
    async with desk.hashing:
        stored = user.password_hash if user else _NOBODY
        right = await asyncio.to_thread(verify_password, password, stored)
    if user is None or user.disabled or not right:
        desk.meters.logins.labels("refused").inc()
        await desk.store.audit.append(
            actor=user.name if user else "",
            organisation=user.organisation if user else "",
            action="login_refused",
            object_kind="account",
            object_id=name.strip()[:200],
            purpose="",
            detail="disabled" if user and user.disabled else "",
            address=address,
        )
        raise Refusal(401, _WRONG, code="wrong_password")
    desk.throttle.succeeded(name, address)
    desk.meters.logins.labels("accepted").inc()
    if needs_rehash(user.password_hash):
        async with desk.hashing:
            renewed = await asyncio.to_thread(hash_password, password)
        await desk.store.accounts.reset_password(user.name, renewed)
    return user


async def open_session(desk: Desk, user: User, address: str) -> tuple[str, int]:
    """Open a session; returns its token and its length in seconds."""
    token = new_token()
    now = await desk.store.now()
    length = timedelta(hours=desk.policy.session_hours)
    await desk.store.accounts.open_session(
        token_digest=token_digest(token), user=user.name, csrf=new_token(), now=now, expires_at=now + length
    )
    await desk.store.audit.append(
        actor=user.name,
        organisation=user.organisation,
        action="login",
        object_kind="account",
        object_id=user.name,
        purpose="",
        detail="",
        address=address,
    )
    return token, int(length.total_seconds())
