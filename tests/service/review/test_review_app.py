"""The web app over a real store: who gets in, who sees what, what is never let through."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

OUTLET = "norvane-outlet.test"
HOSTILE = "xn--nrvane-bya.test"
OTHER = "norvane-b.test"
REASON = "The goods are offered as copies."


def token_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def attempt(browser: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    page = await browser.get("/login")
    return await browser.post("/login", data={"name": name, "password": password, "csrf": token_of(page)})


async def bearer(browser: httpx.AsyncClient, name: str, password: str) -> dict[str, str]:
    answer = await browser.post("/api/v1/sessions", json={"name": name, "password": password})
    assert answer.status_code == 201
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_anonymous_is_sent_to_the_login_and_back(visit_as: Any, office: Any) -> None:
    async with visit_as() as browser:
        answer = await browser.get(f"/cases/{office.cases[OUTLET]}")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/login?next=%2Fcases%2F{office.cases[OUTLET]}"
        page = await browser.get("/login?next=//evil.test/")
        assert 'name="next" value="/"' in page.text


async def test_login_logout(visit_as: Any, office: Any) -> None:
    async with visit_as("ana") as browser:
        page = await browser.get("/")
        assert page.status_code == 200
        assert "norvane-outlet[.]test" in page.text
        cookie = browser.cookies["counterwatch"]
        answer = await browser.post("/logout", data={"csrf": token_of(page)})
        assert answer.status_code == 303
        browser.cookies.set("counterwatch", cookie)
        assert (await browser.get("/")).status_code == 303


async def test_wrong_password_and_backoff(visit_as: Any) -> None:
    async with visit_as() as browser:
        for _ in range(6):
            assert (await attempt(browser, "ana", "wrong")).status_code == 401
        answer = await attempt(browser, "ana", "wrong")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert (await attempt(browser, "nobody", "wrong")).status_code == 401


async def test_forged_requests_are_refused(visit_as: Any, office: Any) -> None:
    url = f"/cases/{office.cases[OUTLET]}/claim"
    async with visit_as("ana") as browser:
        assert (await browser.post(url, data={"version": 1})).status_code == 403
        token = token_of(await browser.get("/"))
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert (await browser.post(url, data={"version": 1, "csrf": token}, headers=foreign)).status_code == 403
        assert (await browser.post("/login", data={"name": "ana", "password": office.password})).status_code == 403
    assert (await office.store.cases.get(office.cases[OUTLET])).assignee is None


async def test_organisations_are_apart(visit_as: Any, office: Any) -> None:
    bundle = (await office.store.bundles.by_case(office.cases[OTHER]))[0].bundle
    hidden = (f"/cases/{office.cases[OTHER]}", f"/bundles/{bundle.id}/download?purpose=quality")
    async with visit_as("ana") as browser:
        assert "norvane-b" not in (await browser.get("/?state=all")).text
        for path in (*hidden, f"/api/v1/cases/{office.cases[OTHER]}", f"/api/v1/bundles/{bundle.id}"):
            assert (await browser.get(path)).status_code == 404
    async with visit_as("admin") as browser:
        assert (await browser.get(hidden[0])).status_code == 200


async def test_rights_holders_read_their_own_only(visit_as: Any, office: Any) -> None:
    case = f"/cases/{office.cases[OUTLET]}"
    await office.store.cases.note(office.cases[OUTLET], "internal remark", "ana")
    async with visit_as("nora") as browser:
        page = await browser.get(case)
        assert page.status_code == 200
        assert "Says that the goods are copies" in page.text
        assert "rival" not in page.text
        assert "internal remark" not in page.text
        assert "ana" not in re.findall(r"by (\w+)", page.text)
        answer = await browser.post(f"{case}/claim", data={"version": 2, "csrf": token_of(page)})
        assert answer.status_code == 403
        assert (await browser.get("/service")).status_code == 403
    async with visit_as("rita") as browser:
        assert (await browser.get(case)).status_code == 404


async def test_a_finding_with_two_quotes_is_one_block(visit_as: Any, office: Any) -> None:
    async with visit_as("ana") as browser:
        page = (await browser.get(f"/cases/{office.cases[OUTLET]}")).text
        assert page.count("<h3>The same high discount on everything</h3>") == 1
        assert "<b>+1.60</b>" in page
        assert "<mark>$1,299.00</mark>" in page
        assert "<mark>$129.00</mark>" in page
        verdict = (await browser.get(f"/api/v1/cases/{office.cases[OUTLET]}/verdict")).json()
        assert [entry["id"] for entry in verdict["signals"]].count("price.uniform-discount") == 2


def counts_of(page: str, label: str) -> dict[str, int]:
    row = re.search(rf'<nav[^>]*aria-label="{label}">(.*?)</nav>', page, re.DOTALL)
    assert row
    return {title: int(count) for title, count in re.findall(r">([^<]+) <b>(\d+)</b>", row[1])}


async def test_the_queue_counts_what_the_viewer_may_see(visit_as: Any, office: Any) -> None:
    for name, cases in (("admin", 3), ("ana", 2), ("nora", 3), ("rita", 0)):
        async with visit_as(name) as browser:
            page = (await browser.get("/")).text
            assert counts_of(page, "By state")["Waiting"] == cases, name
            sectors = {"All sectors": cases} | ({"Luxury goods": cases} if cases else {})
            assert counts_of(page, "By sector") == sectors, name
    async with visit_as("ana") as browser:
        page = (await browser.get("/?sector=piracy&text=outlet")).text
        assert counts_of(page, "By sector") == {"All sectors": 1, "Luxury goods": 1, "Online piracy": 0}
        assert counts_of(page, "By state")["All"] == 0
        assert "Nothing matches" in page
        assert "Says that the goods are copies" in (await browser.get("/?text=outlet")).text


async def test_captured_text_is_escaped_and_made_visible(visit_as: Any, office: Any) -> None:
    async with visit_as("ana") as browser:
        page = (await browser.get(f"/cases/{office.cases[HOSTILE]}")).text
        assert "<script>alert" not in page
        assert 'href="javascript' not in page
        assert "&lt;script&gt;alert" in page
        assert "\u202e" not in page
        assert "⟨U+202E⟩" in page
        assert "\x00" not in page
        assert not re.search(r'(?:href|src)="https?:', page)
        assert "<mark>replica watches</mark>" in page
        found = await browser.get("/", params={"text": "<script>alert(9)</script>", "state": "all"})
        assert "<script>alert(9)" not in found.text


@pytest.mark.parametrize(
    "path", ["/", "/login", "/nowhere", "/static/app.css", "/healthz", "/api/v1/cases", "/api/schema", "/metrics"]
)
async def test_every_answer_carries_the_headers(visit_as: Any, path: str) -> None:
    async with visit_as() as browser:
        headers = (await browser.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


async def test_unknown_hosts_are_refused(visit_as: Any) -> None:
    async with visit_as() as browser:
        answer = await browser.get("/login", headers={"Host": "rebound.example"})
        assert answer.status_code == 421
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert (await browser.post("/login", content=b"x" * 1_100_000)).status_code == 413


async def test_decide_flow_and_conflict(visit_as: Any, office: Any) -> None:
    case = f"/cases/{office.cases[OUTLET]}"
    async with visit_as("ana") as browser:
        token = token_of(await browser.get(case))
        form = {"csrf": token, "version": 1, "decision": "confirm", "reason": "short"}
        refused = await browser.post(f"{case}/decide", data=form)
        assert refused.status_code == 422
        assert "short" in refused.text
        answer = await browser.post(f"{case}/decide", data={**form, "reason": REASON})
        assert answer.headers["location"] == f"{case}?done=decided"
        late = await browser.post(f"{case}/decide", data={**form, "decision": "dismiss", "reason": REASON})
        assert late.status_code == 409
        assert "nothing was recorded" in late.text
        assert REASON in (await browser.get(case)).text
    stored = await office.store.cases.get(office.cases[OUTLET])
    assert stored.state == "confirmed"
    records = await office.store.audit.list(case_id=stored.id)
    assert {"case_viewed", "case.confirm"} <= {record.action for record in records}
    assert all(record.purpose for record in records if record.actor == "ana")
    assert await office.store.audit.verify() == ()


async def test_download_and_verify(visit_as: Any, office: Any) -> None:
    stored = (await office.store.bundles.by_case(office.cases[OUTLET]))[0]
    path = f"/bundles/{stored.bundle.id}"
    async with visit_as("ana") as browser:
        assert (await browser.get(f"{path}/download")).status_code == 422
        answer = await browser.get(f"{path}/download?purpose=investigation")
        assert answer.content[:2] == b"PK"
        assert "attachment" in answer.headers["content-disposition"]
        assert "sandbox" in answer.headers["content-security-policy"]
        token = token_of(await browser.get("/"))
        checked = await browser.post(f"{path}/verify", data={"csrf": token})
        assert "checks passed" in checked.text, re.findall("failed:.*", checked.text)
    records = await office.store.audit.list(case_id=stored.case_id)
    assert [record.purpose for record in records if record.action == "bundle_downloaded"] == ["investigation"]


async def test_source_is_plain_text_for_download(visit_as: Any, office: Any) -> None:
    async with visit_as("ana") as browser:
        page = await browser.get(f"/cases/{office.cases[OUTLET]}")
        link = re.search(r'href="(/cases/[^"]+/source/[^"]+)"', page.text)
        assert link
        answer = await browser.get(link[1])
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert "attachment" in answer.headers["content-disposition"]
        assert b"<script>" in answer.content


async def test_api_errors_are_problems(visit_as: Any) -> None:
    async with visit_as() as browser:
        answer = await browser.get("/api/v1/cases")
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "unauthorized"
    async with visit_as("ana") as browser:
        for path, status in (
            ("/api/v1/cases/none", 404),
            ("/api/v1/cases?limit=0", 422),
            ("/api/v1/cases?cursor=x", 400),
        ):
            answer = await browser.get(path)
            assert answer.status_code == status
            assert answer.json()["status"] == status


async def test_api_pages_tags_and_repeats(visit_as: Any, office: Any) -> None:
    async with visit_as() as browser:
        headers = await bearer(browser, "admin", office.password)
        first = (await browser.get("/api/v1/cases?limit=2", headers=headers)).json()
        rest = (
            await browser.get("/api/v1/cases", params={"limit": 2, "cursor": first["next"]}, headers=headers)
        ).json()
        assert {case["id"] for case in first["cases"] + rest["cases"]} == set(office.cases.values())
        url = f"/api/v1/cases/{office.cases[OUTLET]}"
        answer = await browser.get(url, headers=headers)
        tag = answer.headers["etag"]
        assert (await browser.get(url, headers={**headers, "If-None-Match": tag})).status_code == 304
        body = {"decision": "dismiss", "reason": REASON}
        assert (await browser.post(f"{url}/decision", json=body, headers=headers)).status_code == 428
        once = {**headers, "If-Match": tag, "Idempotency-Key": "k-1"}
        done = await browser.post(f"{url}/decision", json=body, headers=once)
        assert done.json()["state"] == "dismissed"
        assert (await browser.post(f"{url}/decision", json=body, headers=once)).content == done.content
        other = {"decision": "confirm", "reason": REASON}
        assert (await browser.post(f"{url}/decision", json=other, headers=once)).status_code == 422
        stale = {**headers, "If-Match": tag}
        assert (await browser.post(f"{url}/claim", headers=stale)).status_code in (409, 412)
        verdict = (await browser.get(f"{url}/verdict", headers=headers)).json()
        assert verdict["signals"][0]["title"]
        trace = await browser.get(f"/api/v1/subjects/{OUTLET}/trace", headers=headers)
        assert {"sighting", "visit", "case"} <= {step["kind"] for step in trace.json()}
        assert (await browser.get("/api/v1/status", headers=headers)).json()["cases"]["dismissed"] == 1


async def test_session_cookie_on_the_api_needs_the_token(visit_as: Any, office: Any) -> None:
    url = f"/api/v1/cases/{office.cases[OUTLET]}"
    async with visit_as("ana") as browser:
        tag = (await browser.get(url)).headers["etag"]
        answer = await browser.post(f"{url}/claim", headers={"If-Match": tag})
        assert answer.json()["code"] == "csrf"
        token = token_of(await browser.get("/"))
        answer = await browser.post(f"{url}/claim", headers={"If-Match": tag, "X-CSRF-Token": token})
        assert answer.json()["assignee"] == "ana"


async def test_password_change_ends_other_sessions(visit_as: Any, office: Any) -> None:
    async with visit_as("ana") as other, visit_as("ana") as browser:
        token = token_of(await browser.get("/account"))
        form = {"csrf": token, "current": office.password, "fresh": "a new long passphrase"}
        assert (await browser.post("/account/password", data={**form, "repeated": "x"})).status_code == 422
        answer = await browser.post("/account/password", data={**form, "repeated": form["fresh"]})
        assert answer.status_code == 303
        assert (await browser.get("/")).status_code == 200
        assert (await other.get("/")).status_code == 303


async def test_service_docs_and_health(visit_as: Any) -> None:
    async with visit_as("admin") as browser:
        for path in ("/service", "/api/docs", "/account", "/?state=all&sector=piracy", "/metrics"):
            assert (await browser.get(path)).status_code == 200, path
        page = (await browser.get("/api/docs")).text
        assert "<code>need_evidence</code>" in page
        assert "<code>expires_in</code>" in page
    async with visit_as() as browser:
        assert (await browser.get("/healthz")).json() == {"status": "ok"}
        assert (await browser.get("/metrics")).status_code == 403
