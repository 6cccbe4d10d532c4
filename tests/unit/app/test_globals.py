from pathlib import Path

import pytest

from app.cli.globals import Globals, hoist
from core.errors import UsageError


def test_shared_options_may_stand_behind_the_command() -> None:
    given = ["scan", "--json", "--resolver", "127.0.0.1:53", "a.test", "--allow-net=127.0.0.0/8", "--quiet"]
    assert hoist(given) == [
        "--resolver",
        "127.0.0.1:53",
        "--allow-net=127.0.0.0/8",
        "--quiet",
        "scan",
        "--json",
        "a.test",
    ]


def test_what_follows_two_dashes_stays() -> None:
    assert hoist(["scan", "--", "--quiet", "a.test"]) == ["scan", "--", "--quiet", "a.test"]


def test_a_missing_value_is_named() -> None:
    with pytest.raises(UsageError, match="--config needs a value"):
        hoist(["scan", "--config"])


def test_arguments_repeat_what_was_given() -> None:
    options = Globals(data_dir=Path("var"), allow_net=("127.0.0.0/8", "::1/128"), quiet=True)
    assert options.arguments() == [
        "--data-dir",
        "var",
        "--allow-net",
        "127.0.0.0/8",
        "--allow-net",
        "::1/128",
        "--quiet",
    ]
    assert options.overrides() == {"store.data_dir": "var", "vetting.allow_nets": ["127.0.0.0/8", "::1/128"]}
