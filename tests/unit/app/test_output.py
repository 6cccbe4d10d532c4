import json
from datetime import UTC, datetime

from app.output import json_line, target_object
from core.records import (
    Family,
    Label,
    Outcome,
    PackReference,
    PageKind,
    Reference,
    ReferenceType,
    Signal,
    Subject,
    Verdict,
)

DOCUMENTED = {
    "target", "subject", "unit", "url", "outcome", "label", "score", "sector", "page_kind", "language", "signals",
    "contrary", "bundle", "case", "error", "elapsed_ms", "ruleset",
}  # fmt: skip


def test_every_documented_field_is_there_for_a_target_that_is_no_candidate() -> None:
    found = target_object(target="x y", error=("bad_target", "has white space"))
    assert found.keys() >= DOCUMENTED
    assert found["error"] == {"code": "bad_target", "message": "has white space"}
    assert found["outcome"] is None
    assert found["signals"] == []


def test_a_flagged_target() -> None:
    signal = Signal(
        id="text.replica-term",
        sector="luxury",
        family=Family.TEXT,
        weight=1.23456,
        quote="1:1 quality",
        references=(
            Reference(type=ReferenceType.BYTES, sha256="ab", start=3, end=14),
            Reference(type=ReferenceType.ABSENCE, name="imprint", pages=("ab",)),
        ),
        detector="keywords",
        version="1",
        pack=PackReference(id="aurelle", version="2", organisation="aurelle-sa"),
    )
    verdict = Verdict(
        visit="v", label=Label.FLAGGED, sector="luxury", score=4.5, scores=(), signals=(signal,), contrary=(),
        ruleset="r", at=datetime(2026, 11, 24, tzinfo=UTC),
    )  # fmt: skip
    found = target_object(
        target="shop.test", subject=Subject(key="shop.test"), unit="shop.test", url="http://shop.test/",
        outcome=Outcome.CONTENT, verdict=verdict, page_kind=PageKind.SHOP, language="en", case="C", bundle="B",
    )  # fmt: skip
    assert found["label"] == "flagged"
    assert found["signals"] == [
        {
            "id": "text.replica-term",
            "family": "text",
            "weight": 1.2346,
            "quote": "1:1 quality",
            "sector": "luxury",
            "references": [
                {"type": "bytes", "sha256": "ab", "start": 3, "end": 14},
                {"type": "absence", "name": "imprint", "pages": ["ab"]},
            ],
            "detector": "keywords",
            "version": "1",
            "pack": {"id": "aurelle", "version": "2", "organisation": "aurelle-sa"},
        }
    ]


def test_a_line_survives_lone_surrogates_and_line_separators() -> None:
    line = json_line({"title": "a\ud800b\u2028c\n"})
    line.encode("utf-8")
    assert "\n" not in line
    assert json.loads(line) == {"title": "a\ud800b\u2028c\n"}
