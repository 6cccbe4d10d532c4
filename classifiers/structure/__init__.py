"""Structure detectors by family: pure functions from what a visit read to findings.

Each quotes what it saw. To add one, write a function, list it in its module's ``DETECTORS`` and give its signal a
weight in ``config/weights.yaml``; a signal without a weight is not emitted.
"""

from __future__ import annotations

from classifiers.structure import (
    cloaking,
    contrary,
    identity,
    linkage,
    network,
    payment,
    piracy,
    platform,
    price,
    text,
)
from classifiers.structure.base import Context, Detector, Finding

DETECTORS: tuple[Detector, ...] = (
    *text.DETECTORS,
    *price.DETECTORS,
    *identity.DETECTORS,
    *payment.DETECTORS,
    *platform.DETECTORS,
    *network.DETECTORS,
    *linkage.DETECTORS,
    *cloaking.DETECTORS,
    *piracy.DETECTORS,
    *contrary.DETECTORS,
)
"""Every structure detector, in the order its signals are listed."""

__all__ = ["DETECTORS", "Context", "Detector", "Finding"]
