"""The template engine: everything a template prints is made visible, then escaped; nothing is marked safe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from core.hosts import defang, to_unicode
from core.ids import sha256_hex
from core.records import Subject
from review import words
from review.deps import ReviewDeps, desk_of
from review.problems import phrase
from review.text import ago, byte_count, moment, seconds, shorten, visible

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"


def make_templates(deps: ReviewDeps) -> Jinja2Templates:
    """The environment of this app: autoescape on, undefined names are errors, all strings go through ``visible``."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = {path.name: sha256_hex(path.read_bytes())[:12] for path in STATIC.iterdir() if path.is_file()}
    environment.filters |= {
        "ago": ago,
        "byte_count": byte_count,
        "defang": defang,
        "moment": moment,
        "readable": words.readable,
        "seconds": seconds,
        "sector": words.sector_title,
        "shorten": shorten,
        "signed": signed,
    }
    environment.globals |= {
        "a_label": a_label,
        "action_title": words.action_title,
        "families": words.FAMILIES,
        "labels": words.LABELS,
        "lookups": words.LOOKUPS,
        "outcomes": words.OUTCOMES,
        "page_kinds": words.PAGE_KINDS,
        "policy": deps.policy,
        "purposes": words.PURPOSES,
        "roles": words.ROLES,
        "seals": words.SEALS,
        "states": words.STATES,
        "static": lambda name: f"/static/{name}?v={names[name]}",
        "u_label": u_label,
        "vantage": words.vantage_title,
        "version": deps.version,
    }
    return Jinja2Templates(env=environment)


def _finalize(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def render(request: Request, name: str, context: dict[str, Any], *, status: int = 200) -> Response:
    """A page. ``viewer`` is the signed-in person, if any; forms find their token in ``csrf_field``."""
    desk = desk_of(request)
    viewer = getattr(request.state, "viewer", None)
    token = viewer.csrf if viewer is not None else ""
    shared = {
        "section": "",
        "viewer": viewer,
        "csrf_field": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(token),
    }
    return desk.templates.TemplateResponse(request, name, shared | context, status_code=status)


def error_page(request: Request, status: int, message: str, *, title: str = "", hint: str = "") -> Response:
    """A page that says what went wrong and offers a way on."""
    context = {"title": title or phrase(status), "message": message, "hint": hint, "status": status}
    return render(request, "error.html", context, status=status)


def u_label(subject: Subject) -> str:
    """A subject's key as its readers would write it, defanged."""
    host, separator, rest = _split(subject.key)
    return defang(to_unicode(host)) + separator + rest


def a_label(subject: Subject) -> str:
    """A subject's key in A-labels, defanged."""
    host, separator, rest = _split(subject.key)
    return defang(host) + separator + rest


def _split(key: str) -> tuple[str, str, str]:
    for place, character in enumerate(key):
        if character == "/" or (character == ":" and not key.startswith("[")):
            return key[:place], "", key[place:]
    return key, "", ""


def signed(amount: float) -> str:
    """``+1.40`` or ``−0.35``, with a true minus sign."""
    return f"+{amount:.2f}" if amount >= 0 else f"−{abs(amount):.2f}"
