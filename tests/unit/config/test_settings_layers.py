"""Settings from file, environment and command line: which wins, where each came from, what is refused."""

import dataclasses
from pathlib import Path

import pytest

from config import Config, load_config, show
from config.sections import settings_list
from config.shown import masked_url
from core.errors import ConfigurationError


def load(folder: Path, text: str = "", environ: dict[str, str] | None = None, **options: object) -> Config:
    (folder / "settings.yaml").write_text(text)
    given = {name.replace("__", "."): value for name, value in options.items()}
    return load_config(folder, environ or {}, given)


def refused(folder: Path, text: str = "", environ: dict[str, str] | None = None, **options: object) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, text, environ, **options)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_later_layers_win_and_origins_are_kept(tmp_path: Path) -> None:
    text = "fetch:\n  total_seconds: 11\n  max_redirects: 3\n  max_addresses: 2\n"
    environ = {"COUNTERWATCH_FETCH__TOTAL_SECONDS": "12", "COUNTERWATCH_FETCH__MAX_REDIRECTS": "4", "PATH": "/bin"}
    loaded = load(tmp_path, text, environ, fetch__total_seconds=13)
    fetch = loaded.settings.fetch
    assert (fetch.total_seconds, fetch.max_redirects, fetch.max_addresses) == (13, 4, 2)
    assert str(loaded.origins["fetch.total_seconds"]) == "option"
    assert str(loaded.origins["fetch.max_redirects"]) == "environment COUNTERWATCH_FETCH__MAX_REDIRECTS"
    assert str(loaded.origins["fetch.max_addresses"]) == f"{tmp_path}/settings.yaml:4"
    assert str(loaded.origins["fetch.contact"]) == "default"


def test_lists_paths_and_absent_values(tmp_path: Path) -> None:
    environ = {
        "COUNTERWATCH_VETTING__ALLOW_NETS": "127.0.0.0/8, ::1/128",
        "COUNTERWATCH_RESOLVE__SERVERS": '["127.0.0.1:53"]',
        "COUNTERWATCH_STORE__MAX_DATABASE_BYTES": "null",
        "COUNTERWATCH_CONFIG": "x",
        "COUNTERWATCH_DATA_DIR": "x",
        "COUNTERWATCH_CORPUS": "x",
    }
    settings = load(tmp_path, "store: {max_database_bytes: 5, data_dir: d}\n", environ).settings
    assert settings.vetting.allow_nets == ("127.0.0.0/8", "::1/128")
    assert settings.resolve.servers == ("127.0.0.1:53",)
    assert settings.store.max_database_bytes is None
    assert settings.store.data_dir == Path("d")


def test_secrets_come_from_files_and_are_masked(tmp_path: Path) -> None:
    secret = tmp_path / ".key"
    secret.write_text("ab" * 32 + "\n")
    loaded = load(tmp_path, "", {"COUNTERWATCH_STORE__MASTER_KEY_FILE": str(secret)})
    assert loaded.settings.store.master_key == bytes.fromhex("ab" * 32)
    [row] = [row for row in show(loaded) if row.name == "store.master_key"]
    assert row.value == "********"


def test_a_password_in_a_url_is_masked() -> None:
    assert masked_url("postgresql://me:secret@db.example/x") == "postgresql://me:********@db.example/x"
    assert masked_url("no url: at all") == "no url: at all"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fetsh: {}", "settings.yaml:1:1: unknown section 'fetsh'"),
        ("fetch:\n  max_redirect: 1", "settings.yaml:2:3: unknown key 'max_redirect'"),
        ("fetch:\n  max_redirects: '3'", "settings.yaml:2:18: '3' is a text; expected a whole number"),
        ("fetch:\n  max_redirects: 1.5", "settings.yaml:2:18: 1.5 is a number; expected a whole number"),
        ("fetch:\n  max_redirects: true", "settings.yaml:2:18: true is a boolean; expected a whole number"),
        ("fetch:\n  total_seconds: -1", "settings.yaml:2:18: -1 is no usable value"),
        ("fetch: 3", "settings.yaml:1:8: this is a number"),
        ("vetting:\n  allow_nets: [1]", "settings.yaml:2:16: 1 is a number; expected a text"),
        ("logging: {level: loud}", "settings.yaml:1:18: 'loud' is not known here; expected one of debug, info"),
        ("- a", "settings.yaml:1:1: this is a list"),
        ("classify: {allowlist: ['a b']}", "settings.yaml:1:23: this list is no usable value"),
        ("service: {port: 70000}", "section service (settings.yaml:1): port is at most 65535"),
        ("review: {trusted_proxies: ['*']}", "section review (settings.yaml:1): trusted_proxies: '*' is neither"),
    ],
)
def test_mistakes_in_the_file(tmp_path: Path, text: str, sentence: str) -> None:
    found = refused(tmp_path, text)
    assert any(line.startswith(sentence) for line in found), found


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("COUNTERWATCH_FETCH__MAX_REDIRECT", "1", "did you mean 'COUNTERWATCH_FETCH__MAX_REDIRECTS'?"),
        ("COUNTERWATCH_CONFIGG", "1", "did you mean 'COUNTERWATCH_CONFIG'?"),
        ("COUNTERWATCH_SERVICE__PORT", "x", "valid integer"),
        ("COUNTERWATCH_SERVICE__PORT", "-1", "not negative"),
        ("COUNTERWATCH_VETTING__ALLOW_NETS", "[1", "JSON list"),
        ("COUNTERWATCH_STORE__MASTER_KEY", "!!", "hex or base64"),
        ("COUNTERWATCH_STORE__URL_FILE", "/nowhere/at/all", "cannot be read"),
    ],
)
def test_mistakes_in_the_environment(tmp_path: Path, name: str, value: str, words: str) -> None:
    [line] = refused(tmp_path, "", {name: value})
    assert line.startswith(f"{name}: ")
    assert words in line


def test_a_secret_is_not_repeated_in_the_error(tmp_path: Path) -> None:
    [line] = refused(tmp_path, "", {"COUNTERWATCH_STORE__MASTER_KEY": "hunter2!"})
    assert "hunter2" not in line


def test_one_setting_given_twice_in_the_environment(tmp_path: Path) -> None:
    environ = {"COUNTERWATCH_STORE__URL": "a", "COUNTERWATCH_STORE__URL_FILE": "b"}
    assert "the same setting" in refused(tmp_path, "", environ)[0]


def test_a_hidden_value_is_checked_all_the_same(tmp_path: Path) -> None:
    assert refused(tmp_path, "fetch: {total_seconds: x}", {"COUNTERWATCH_FETCH__TOTAL_SECONDS": "3"})


def test_an_unknown_option(tmp_path: Path) -> None:
    assert "did you mean 'fetch.total_seconds'?" in refused(tmp_path, fetch__total_second=1)[0]


def test_every_setting_is_described_and_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")
    for setting in settings_list():
        assert setting.description, f"{setting.key} has no text under its field"
        assert f"| `{setting.key}` |" in text, f"{setting.key} is not in docs/settings.md"


def test_defaults_are_those_of_the_policies() -> None:
    settings = load_config(None, {}).settings
    for section in dataclasses.fields(settings):
        if section.name != "store":
            policy = getattr(settings, section.name)
            assert policy == type(policy)()
