"""The ruleset in force: sectors, packs, weights and allowlist become one value, stored under its digest."""

from __future__ import annotations

from datetime import datetime

import tldextract

from classifiers.classify import CompiledRules, compile_rules
from classifiers.ruleset import Ruleset, read_ruleset
from config import Config
from core.errors import NotInStore
from core.ids import sha256_hex
from storage.store import Store


def build_ruleset(config: Config) -> Ruleset:
    """The ruleset that a configuration describes."""
    return config.ruleset(suffix_list=f"tldextract {tldextract.__version__}")


async def install_rules(config: Config, store: Store, now: datetime) -> CompiledRules:
    """Bring organisations, packs and the ruleset of a configuration into the store and make them current.

    Doing it again with the same configuration changes nothing.
    """
    service = config.settings.service
    await store.accounts.add_organisation(service.organisation, service.organisation, "agency")
    for file in config.packs:
        pack = file.pack
        await store.accounts.add_organisation(pack.organisation, pack.title, "rights_holder")
        await store.packs.put(pack.id, pack.version, pack.organisation, file.text, sha256_hex(file.text.encode()), now)
        await store.packs.activate(pack.id, pack.version, now)
    ruleset = build_ruleset(config)
    await store.rulesets.put(ruleset.to_bytes(), now)
    await store.rulesets.set_current(ruleset.digest, now)
    return compile_rules(ruleset)


async def current_rules(store: Store) -> CompiledRules:
    """The rules in force, as the store has them. Raises :class:`core.errors.NotInStore` when there are none."""
    digest = await store.rulesets.current()
    if digest is None:
        raise NotInStore("No ruleset is in force.", hint="Start `counterwatch serve` or a scan once.")
    return compile_rules(read_ruleset(await store.rulesets.get(digest)))
