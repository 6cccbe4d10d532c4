"""The records that flow through the service. All frozen; each carries where it came from.

``bytes`` fields hold what was received; ``str`` fields are already decoded. Every datetime is aware and in UTC.
"""

from core.records.deciding import (
    SUPPORTING_FAMILIES,
    Family,
    Label,
    PackReference,
    Reference,
    ReferenceType,
    SectorScore,
    Signal,
    Verdict,
)
from core.records.fetching import Capture, Exchange, Lookup, Outcome, Resolution, Soa, TlsFacts, Visit
from core.records.identity import Candidate, Lane, Subject, SubjectKind
from core.records.reading import (
    Field,
    Form,
    FormInput,
    Identifier,
    Image,
    Link,
    Page,
    PageKind,
    Price,
    Script,
    TextSpan,
)
from core.records.review import Artifact, Bundle, Case, CaseEvent, CaseState, Decision, SealState, Tlp

__all__ = [
    "SUPPORTING_FAMILIES",
    "Artifact",
    "Bundle",
    "Candidate",
    "Capture",
    "Case",
    "CaseEvent",
    "CaseState",
    "Decision",
    "Exchange",
    "Family",
    "Field",
    "Form",
    "FormInput",
    "Identifier",
    "Image",
    "Label",
    "Lane",
    "Link",
    "Lookup",
    "Outcome",
    "PackReference",
    "Page",
    "PageKind",
    "Price",
    "Reference",
    "ReferenceType",
    "Resolution",
    "Script",
    "SealState",
    "SectorScore",
    "Signal",
    "Soa",
    "Subject",
    "SubjectKind",
    "TextSpan",
    "Tlp",
    "TlsFacts",
    "Verdict",
    "Visit",
]
