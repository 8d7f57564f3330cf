"""The page at which a served lab is opened in an editor."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from msgflo_lab import Lab


def test_the_page_asks_for_the_secret_and_opens_editors(browser: Browser, artefacts: Path) -> None:
    with Lab("greenhouse") as lab:
        lab.start()
        link = lab.serve(port=0)
        address, _, secret = link.partition("/?secret=")
        page = browser.new_page(viewport={"width": 390, "height": 640})
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.goto(address)
        assert "greenhouse" in page.title()
        page.get_by_label("Secret").fill("wrong")
        page.get_by_role("button").click()
        assert page.get_by_role("alert").is_visible()
        page.get_by_label("Secret").fill(secret)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Open in Flowhub").wait_for()
        assert page.url == link
        editors = page.get_by_role("link").all()
        assert [each.inner_text() for each in editors] == ["Open in Flowhub", "Open in noflo-ui"]
        assert all(secret in (each.get_attribute("href") or "") for each in editors)
        # Nothing is cut off on a telephone.
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=artefacts / "runtime-page.png")
        assert [each for each in problems if "favicon" not in each and "404" not in each] == []
        page.close()
