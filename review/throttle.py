"""Slows down guessing of passwords, per account and per address, in bounded memory.

After a few free failures every further one doubles a wait. The account's wait is capped low, so that nobody can lock
a colleague out for long by typing wrong passwords; the address's wait is capped high.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """A curve of waits: ``free`` failures cost nothing, then ``first`` seconds, doubling up to ``longest``.

    Failures are forgotten ``forget`` seconds after the last one.
    """

    free: int
    first: float
    longest: float
    forget: float

    def wait(self, failures: int) -> float:
        """Seconds to wait after that many failures in a row."""
        beyond = failures - self.free
        return 0.0 if beyond <= 0 else min(self.longest, self.first * 2.0 ** min(beyond - 1, 30))


ACCOUNT_BACKOFF = Backoff(free=5, first=2.0, longest=60.0, forget=900.0)
ADDRESS_BACKOFF = Backoff(free=20, first=5.0, longest=900.0, forget=3600.0)


class LoginThrottle:
    """Counts failed logins. Times are seconds of any monotonic clock, given by the caller.

    At most ``entries`` accounts and as many addresses are remembered; the longest untouched is forgotten first.
    """

    def __init__(self, *, entries: int = 10_000) -> None:
        self._entries = entries
        self._failures: dict[str, OrderedDict[str, tuple[int, float]]] = {
            "account": OrderedDict(),
            "address": OrderedDict(),
        }

    def wait(self, account: str, address: str, now: float) -> float:
        """Seconds until the next attempt is looked at; 0 when it may go on now."""
        return max(
            self._remaining("account", _account_key(account), ACCOUNT_BACKOFF, now),
            self._remaining("address", _address_key(address), ADDRESS_BACKOFF, now),
        )

    def failed(self, account: str, address: str, now: float) -> None:
        """Count one failure against the account and the address."""
        self._count("account", _account_key(account), ACCOUNT_BACKOFF, now)
        self._count("address", _address_key(address), ADDRESS_BACKOFF, now)

    def succeeded(self, account: str, address: str) -> None:
        """Forget the account's failures. The address keeps its own, or one good login would pay for many guesses."""
        self._failures["account"].pop(_account_key(account), None)

    def _remaining(self, kind: str, key: str, curve: Backoff, now: float) -> float:
        count, last = self._failures[kind].get(key, (0, now))
        return max(0.0, last + curve.wait(count) - now)

    def _count(self, kind: str, key: str, curve: Backoff, now: float) -> None:
        known = self._failures[kind]
        count, last = known.pop(key, (0, now))
        known[key] = (1 if now - last > curve.forget else count + 1, now)
        while len(known) > self._entries:
            known.popitem(last=False)


def _account_key(account: str) -> str:
    return account.strip().lower()[:200]


def _address_key(address: str) -> str:
    # A subscriber usually holds a whole IPv6 /64.
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
