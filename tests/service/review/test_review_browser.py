"""The pages in Chromium: nothing is blocked by our own policy, and a case can be decided from end to end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from review.app import create_app
from review.deps import ReviewDeps
from review.policy import ReviewPolicy
from review.server import bind, serve_review

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.mark.browser
async def test_sign_in_read_verify_decide(office: Any, tmp_path: Any) -> None:
    from playwright.async_api import async_playwright, expect

    app = create_app(ReviewDeps(store=office.store, policy=ReviewPolicy(demo=True)))
    stop = asyncio.Event()
    complaints: list[str] = []
    with bind("127.0.0.1", 0) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with asyncio.TaskGroup() as group:
            group.create_task(serve_review(app, listening, stop))
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
                page = await browser.new_page()
                page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
                page.on("pageerror", lambda error: complaints.append(str(error)))
                await page.goto(address)
                await page.fill("#name", "ana")
                await page.fill("#password", office.password)
                await page.click("text=Sign in")
                await page.fill("#text", "outlet")
                await expect(page.locator(".queue tbody tr")).to_have_count(1)
                await page.click(".subject a")
                await page.click("text=Verify now")
                await page.wait_for_selector(".checks li.ok")
                await page.check("input[value=confirm]")
                await page.fill("#reason", "The goods are offered as copies.")
                await page.click("text=Record the decision")
                await page.wait_for_selector("text=Your decision is recorded.")
                await page.goto(f"{address}/service")
                await browser.close()
            stop.set()
    assert complaints == []
    assert (await office.store.cases.list()).cases
