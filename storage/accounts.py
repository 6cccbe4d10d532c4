"""Organisations, users and sessions. Passwords come in hashed, session tokens as digests; neither is ever stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.errors import Conflict, NotInStore
from storage.dialect import insert_ignore
from storage.engine import Database
from storage.records import Organisation, Role, Session, User
from storage.tables import organisations, sessions, users


class Accounts:
    """Who may use the service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_organisation(self, id: str, name: str, kind: str) -> Organisation:
        """Add an organisation, or return the one that has this id."""
        async with self._database.write() as connection:
            await connection.execute(insert_ignore(organisations), [{"id": id, "name": name, "kind": kind}])
        return await self.organisation(id)

    async def organisation(self, id: str) -> Organisation:
        """An organisation by id. Raises :class:`NotInStore`."""
        async with self._database.read() as connection:
            statement = sa.select(organisations).where(organisations.c.id == id)
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise NotInStore(f"There is no organisation {id[:80]!r}.")
        return Organisation(**row._mapping)

    async def organisations(self) -> tuple[Organisation, ...]:
        """All organisations by id."""
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(organisations).order_by(organisations.c.id))
            return tuple(Organisation(**row._mapping) for row in rows)

    async def add_user(self, name: str, role: Role, organisation: str, password_hash: str, now: datetime) -> User:
        """Add a user. Raises :class:`Conflict` for a name in use and :class:`NotInStore` for no such organisation."""
        await self.organisation(organisation)
        row = {
            "name": name,
            "role": role,
            "organisation": organisation,
            "password_hash": password_hash,
            "disabled": False,
            "created_at": now,
        }
        async with self._database.write() as connection:
            if (await connection.execute(insert_ignore(users).values(row))).rowcount != 1:
                raise Conflict(f"There is a user {name!r} already.")
        return await self.get_user(name)

    async def reset_password(self, name: str, password_hash: str) -> None:
        """Replace a password and end the user's sessions. Raises :class:`NotInStore`."""
        await self._update(name, {"password_hash": password_hash})

    async def set_disabled(self, name: str, disabled: bool) -> None:
        """Disable or enable a user; either ends the user's sessions. Raises :class:`NotInStore`."""
        await self._update(name, {"disabled": disabled})

    async def _update(self, name: str, change: dict[str, object]) -> None:
        async with self._database.write() as connection:
            result = await connection.execute(sa.update(users).where(users.c.name == name).values(change))
            if result.rowcount != 1:
                raise NotInStore(f"There is no user {name[:80]!r}.")
            await connection.execute(sa.delete(sessions).where(sessions.c.user == name))

    async def get_user(self, name: str) -> User:
        """A user by name. Raises :class:`NotInStore`."""
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(users).where(users.c.name == name))).one_or_none()
        if row is None:
            raise NotInStore(f"There is no user {name[:80]!r}.")
        return _user(row._mapping)

    async def list_users(self) -> tuple[User, ...]:
        """All users by name."""
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(users).order_by(users.c.name))
            return tuple(_user(row._mapping) for row in rows)

    async def open_session(
        self, user: str, token_digest: str, csrf: str, now: datetime, expires_at: datetime
    ) -> Session:
        """Begin a session; sessions that have run out are removed on the way."""
        session = Session(token_digest=token_digest, user=user, csrf=csrf, created_at=now, expires_at=expires_at)
        row = {
            "token_digest": token_digest,
            "user": user,
            "csrf": csrf,
            "created_at": now,
            "expires_at": expires_at,
        }
        async with self._database.write() as connection:
            await connection.execute(sa.delete(sessions).where(sessions.c.expires_at <= now))
            await connection.execute(sa.insert(sessions), [row])
        return session

    async def session(self, token_digest: str, now: datetime) -> tuple[Session, User] | None:
        """The session of a token and its user; None when it has ended or the user is disabled."""
        statement = (
            sa.select(sessions, *(column.label(f"user_{column.name}") for column in users.c))
            .join(users, users.c.name == sessions.c.user)
            .where(
                sessions.c.token_digest == token_digest,
                sessions.c.expires_at > now,
                users.c.disabled.is_(False),
            )
        )
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            return None
        found = row._mapping
        return (
            Session(**{column.name: found[column.name] for column in sessions.c}),
            _user({column.name: found[f"user_{column.name}"] for column in users.c}),
        )

    async def close_session(self, token_digest: str) -> None:
        """End a session; an unknown one is no error."""
        async with self._database.write() as connection:
            await connection.execute(sa.delete(sessions).where(sessions.c.token_digest == token_digest))


def _user(found: Any) -> User:
    return User(**{**found, "role": Role(found["role"]), "disabled": bool(found["disabled"])})
