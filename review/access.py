"""Who may see and do what. Pure decisions; the handlers ask here and nowhere else.

- An operator runs the service: sees every case, may act on every case.
- An analyst sees and decides the cases of the own organisation.
- A rights holder sees, read only, the cases that affect the own organisation, without who works on them.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from core.records import Case
from storage.records import CaseFilter, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The person (or program) behind a request.

    ``session`` is the digest of the session's token and ``csrf`` its token against request forgery; ``address`` is
    where the request came from, for the audit.
    """

    name: str
    role: Role
    organisation: str
    organisation_name: str
    session: str
    csrf: str
    address: str

    @property
    def sees_people(self) -> bool:
        """Whether names of reviewers and the audit are shown."""
        return self.role is not Role.RIGHTS_HOLDER

    @property
    def sees_service(self) -> bool:
        """Whether the state of the service is shown."""
        return self.role is not Role.RIGHTS_HOLDER


def may_see(viewer: Viewer, case: Case) -> bool:
    """Whether a case may be shown to a viewer."""
    if viewer.role is Role.OPERATOR:
        return True
    if viewer.role is Role.ANALYST:
        return case.organisation == viewer.organisation
    return viewer.organisation in case.rights_holders


def may_act(viewer: Viewer, case: Case) -> bool:
    """Whether a viewer may claim, note and decide a case."""
    return viewer.role is not Role.RIGHTS_HOLDER and may_see(viewer, case)


def may_take_evidence(viewer: Viewer, case: Case) -> bool:
    """Whether a viewer may download bundles and captured source. Rights holders get them from the agency."""
    return may_act(viewer, case)


def limited(viewer: Viewer, wanted: CaseFilter) -> CaseFilter:
    """The filter narrowed to what the viewer may see; what was asked for beyond that is dropped."""
    if viewer.role is Role.OPERATOR:
        return wanted
    if viewer.role is Role.ANALYST:
        return dataclasses.replace(wanted, organisation=viewer.organisation)
    return CaseFilter(states=wanted.states, sector=wanted.sector, text=wanted.text, rights_holder=viewer.organisation)
