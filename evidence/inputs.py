"""What :func:`evidence.bundle.assemble` needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.records import Page, Tlp, Verdict, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleInputs:
    """Everything that goes into one bundle; the same inputs give the same bytes.

    An empty optional field means that nobody collected or decided it, and the bundle says so.

    - ``bundle_id``: the ULID given with the visit; ``at``: when the bundle is assembled.
    - ``visit``: with its bodies. ``exchange.decoded`` may be empty; it is made again from the body.
    - ``page``: what was read from the page the verdict is about.
    - ``ruleset``: the ruleset's canonical bytes, for replaying the verdict offline. They hold every organisation's
      packs, so a service that hands bundles to several parties leaves them out; the verdict still names their digest.
    - ``organisation`` runs the service; ``instance`` names the installation; ``software_version`` is
      Counterwatch's.
    - ``operator`` and ``operator_role``: who ran the visit (a pseudonymous id), empty for an unattended service.
    - ``rights_holders``: organisations whose marks the signals name.
    - ``supersedes``: id of an earlier bundle of the same visit that this one replaces.
    - ``retention_class`` and ``review_on`` (a date, ISO 8601): when keeping the bundle has to be reconsidered.
    """

    bundle_id: str
    at: datetime
    visit: Visit
    organisation: str
    instance: str
    software_version: str
    verdict: Verdict | None = None
    ruleset: bytes = b""
    page: Page | None = None
    case_id: str = ""
    tlp: Tlp = Tlp.AMBER
    pap: str = ""
    legal_basis: str = ""
    authorisation: str = ""
    operator: str = ""
    operator_role: str = ""
    rights_holders: tuple[str, ...] = ()
    supersedes: str = ""
    retention_class: str = ""
    review_on: str = ""
    egress_address: str = ""
    commit: str = ""
    container: str = ""
    configuration_sha256: str = ""

    @property
    def name(self) -> str:
        """The bag's name."""
        return f"EB-{self.bundle_id}"

    @property
    def title(self) -> str:
        """The page's title, ``""`` when it has none or was not read."""
        return self.page.title if self.page else ""
