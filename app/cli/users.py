"""``counterwatch users``: who may log in."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.runtime import globals_of, run_async
from app.cli.table import print_table
from core.errors import UsageError
from review.auth import generate_password, hash_password
from storage.records import Role, User
from storage.store import open_store

group = typer.Typer(no_args_is_help=True, help="Add users, reset passwords, list accounts.")

MIN_PASSWORD = 12


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.add_typer(group, name="users")


PasswordFile = Annotated[Path | None, typer.Option(help="Read the password from this file instead of making one.")]


@group.command("add")
def add_command(
    context: typer.Context,
    name: str,
    role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.ANALYST,
    organisation: Annotated[str, typer.Option(help="Organisation; the service's own if not given.")] = "",
    password_file: PasswordFile = None,
) -> int:
    """Add a user. The password is made up and shown once, unless a file gives it."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", name):
        raise UsageError(f"{name!r} is no user name.", hint="Use 1 to 64 letters, digits and . _ @ -")
    config = globals_of(context).load()
    password = _password(password_file)
    owner = organisation or config.settings.service.organisation

    async def main() -> None:
        async with open_store(config.settings.store) as store:
            kind = "rights_holder" if role is Role.RIGHTS_HOLDER else "agency"
            await store.accounts.add_organisation(owner, owner, kind)
            await store.accounts.add_user(name, role, owner, hash_password(password), await store.now())
            await store.audit.append("command line", owner, "user.added", "user", name, detail=str(role))

    run_async(main)
    _tell(name, password, shown=password_file is None)
    return 0


@group.command("reset")
def reset_command(context: typer.Context, name: str, password_file: PasswordFile = None) -> int:
    """Give a user a new password; the old one and all sessions end."""
    config = globals_of(context).load()
    password = _password(password_file)

    async def main() -> None:
        async with open_store(config.settings.store) as store:
            user = await store.accounts.get_user(name)
            await store.accounts.reset_password(name, hash_password(password))
            await store.audit.append("command line", user.organisation, "user.password_reset", "user", name)

    run_async(main)
    _tell(name, password, shown=password_file is None)
    return 0


@group.command("list")
def list_command(context: typer.Context) -> int:
    """List the users."""
    config = globals_of(context).load()

    async def main() -> tuple[User, ...]:
        async with open_store(config.settings.store) as store:
            return await store.accounts.list_users()

    rows = [
        (user.name, str(user.role), user.organisation, "disabled" if user.disabled else "active")
        for user in run_async(main)
    ]
    print_table(("NAME", "ROLE", "ORGANISATION", "STATE"), rows, empty="There are no users yet.")
    return 0


def _password(file: Path | None) -> str:
    if file is None:
        return generate_password()
    try:
        password = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"{file} cannot be read: {exc}.") from exc
    if len(password) < MIN_PASSWORD:
        raise UsageError(f"The password in {file} is shorter than {MIN_PASSWORD} characters.")
    return password


def _tell(name: str, password: str, *, shown: bool) -> None:
    sys.stdout.write(f"{name}  {password}\n" if shown else f"{name}\n")
    if shown:
        sys.stderr.write("The password is shown only now.\n")
