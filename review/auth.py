"""Passwords and tokens: argon2id hashes, generated passwords, session tokens kept as digests only.

The parameters are those of RFC 9106, section 4, second recommendation (64 MiB, three passes), which ``argon2-cffi``
has as its default. A hash carries its own parameters, so they can be raised later without a migration.
"""

from __future__ import annotations

import hmac
import secrets

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from core.ids import sha256_hex

_PASSWORD_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # noqa: S105  no look-alikes
MAX_PASSWORD = 1024
"""Longest password that is hashed, in characters; longer ones are refused before any work is done."""


def hash_password(password: str) -> str:
    """The argon2id hash of a password, in PHC string format. Takes about 50 ms and 64 MiB."""
    return argon2.PasswordHasher().hash(password)


def verify_password(password: str, stored: str) -> bool:
    """Whether ``password`` is the one that ``stored`` was made from; a malformed hash fits no password."""
    if len(password) > MAX_PASSWORD:
        return False
    try:
        return argon2.PasswordHasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    try:
        return argon2.PasswordHasher().check_needs_rehash(stored)
    except InvalidHashError:
        return True


def generate_password() -> str:
    """A random password for people to type: four groups of five characters, 116 bits."""
    return "-".join("".join(secrets.choice(_PASSWORD_ALPHABET) for _ in range(5)) for _ in range(4))


def new_token() -> str:
    """A random token of 256 bits for a session or against request forgery."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What the store keeps of a session token. The token is random, so one round of SHA-256 is enough."""
    return sha256_hex(token.encode("utf-8", "surrogatepass"))


def same_token(given: str, expected: str) -> bool:
    """Compare two tokens in constant time; an empty token equals nothing."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
