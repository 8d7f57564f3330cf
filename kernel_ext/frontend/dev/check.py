"""Checks in a real browser what needs one: `python dev/check.py [PART_OF_A_NAME]`.

Uses the harness, so needs no Jupyter; see `browser.py` for what it wants.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

from browser import harness
from playwright.sync_api import Page, expect

CY = "document.querySelector('.msgflo-graph')._cyreg.cy"
SENT = "kind => harness.model.sent.filter(message => message.kind === kind)"
IDS = f"() => {CY}.elements().map(e => e.id()).sort()"
SELECTED = f"() => {CY}.$(':selected').map(e => e.id())"
ZOOM = f"() => {CY}.zoom()"


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """A model point as a place on the page."""
    camera = page.evaluate(f"() => ({{zoom: {CY}.zoom(), ...{CY}.pan()}})")
    box = page.locator(".msgflo-stage").bounding_box()
    assert box is not None
    return box["x"] + x * camera["zoom"] + camera["x"], box["y"] + y * camera["zoom"] + camera["y"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=6)
    page.mouse.up()


def patch(page: Page, card: int, changes: str) -> None:
    """A patch with one card of the scene, changed."""
    page.evaluate(f"() => harness.model.patch([{{...harness.scene.cards[{card}], {changes}}}])")


def position(page: Page, card: str) -> dict[str, float]:
    found: dict[str, float] = page.evaluate(
        f"id => {CY}.getElementById(id).position()", f"card:{card}"
    )
    return found


def sent(page: Page, kind: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = page.evaluate(SENT, kind)
    return found


def check_twin(page: Page) -> None:
    expect(page.locator(".msgflo-picture")).to_have_attribute("data-revision", "1")
    expect(page.locator("[data-participant]")).to_have_count(6)
    expect(page.locator('[data-participant="control"]')).to_have_attribute("data-state", "error")
    edge = page.locator('[data-edge="2"]')
    expect(edge).to_have_text("format.text → display.text")
    expect(edge).to_have_attribute("data-state", "bound")
    page.evaluate("() => harness.model.tell({kind: 'traffic', edges: [2, 7, 1.5]})")
    expect(edge).to_have_attribute("data-count", "7")
    page.evaluate("() => harness.model.tell({kind: 'traffic', edges: [2, 9, 1.5]})")
    page.wait_for_timeout(500)
    expect(edge).to_have_attribute("data-count", "7")
    expect(edge).to_have_attribute("data-count", "9", timeout=3000)
    expect(page.locator(".msgflo-totals")).to_have_text("6 participants · 5 edges · 1.5 msg/s")


def check_connect_by_drag(page: Page) -> None:
    drag(page, (160, 112), (512, 88))
    assert sent(page, "connect") == [
        {
            "kind": "connect",
            "source": "thermo",
            "outport": "raw",
            "target": "display",
            "inport": "contrast",
        }
    ]
    drag(page, (0, 88), (672, 64))  # from an inport to an outport: the other way round
    assert sent(page, "connect")[1] == {
        "kind": "connect",
        "source": "display",
        "outport": "shown",
        "target": "thermo",
        "inport": "interval",
    }
    drag(page, (160, 112), (672, 64))  # out to out: refused
    assert len(sent(page, "connect")) == 2
    assert sent(page, "move") == []


def check_drag_card(page: Page) -> None:
    drag(page, (60, 44), (83, 70))
    assert sent(page, "move") == [{"kind": "move", "cards": {"thermo": [24, 48]}}], sent(
        page, "move"
    )
    assert sent(page, "connect") == []


def check_pick_and_delete(page: Page) -> None:
    page.mouse.click(*at(page, 468, 64))
    expect(page.locator('[data-edge="2"]')).to_be_focused()
    page.keyboard.press("Delete")
    assert sent(page, "disconnect") == [{"kind": "disconnect", "edge": 2}]
    expect(page.locator('[data-edge="2"]')).to_have_count(0)
    assert "edge:2" not in page.evaluate(IDS)
    assert len(page.evaluate(IDS)) == 10


def check_patch_in_the_middle(page: Page) -> None:
    page.evaluate("""() => {
      const card = harness.scene.cards.find(card => card.id === "format");
      harness.model.patch([{...card, id: "new", x: 248, y: 320}],
        [{...harness.scene.edges[0], n: 9, target: "new"}], ["outside", "format"], [0, 2, 3]);
    }""")
    expect(page.locator("[data-participant]")).to_have_count(5)
    cards = ["thermo", "control", "display", "heater", "new"]
    names = sorted(f"card:{name}" for name in cards)
    assert page.evaluate(IDS) == [*names, "edge:1", "edge:4", "edge:9"]
    listed = page.locator("[data-participant]").evaluate_all(
        "items => items.map(item => item.dataset.participant)"
    )
    assert listed == cards


def check_mismatch_says_hello(page: Page) -> None:
    assert len(sent(page, "hello")) == 1
    page.evaluate("() => { harness.model.revision = 41; harness.model.patch([], []); }")
    expect(page.locator(".msgflo-picture")).to_have_attribute("data-revision", "42")
    assert len(sent(page, "hello")) == 2


def check_view_is_stable(page: Page) -> None:
    page.locator(".msgflo-button").nth(1).click()
    before = page.evaluate(f"() => [{CY}.zoom(), {CY}.pan()]")
    patch(page, 0, "id: 'far', x: 3000")
    page.wait_for_timeout(400)
    assert page.evaluate(f"() => [{CY}.zoom(), {CY}.pan()]") == before
    page.locator(".msgflo-button").nth(2).click()
    page.wait_for_timeout(400)
    assert page.evaluate(ZOOM) < 0.4
    patch(page, 0, "id: 'further', x: 6000")
    page.wait_for_timeout(400)
    assert page.evaluate(ZOOM) < 0.2


MIDDLE = f"""() => {{
  const box = {CY}.nodes().boundingBox();
  const zoom = {CY}.zoom(), pan = {CY}.pan();
  return [(box.x1 + box.x2) / 2 * zoom + pan.x - {CY}.width() / 2,
          (box.y1 + box.y2) / 2 * zoom + pan.y - {CY}.height() / 2];
}}"""


def is_centred(page: Page) -> bool:
    page.wait_for_timeout(500)
    across, down = page.evaluate(MIDDLE)
    return bool(abs(across) < 3 and abs(down) < 3)


def check_content_stays_in_the_middle_until_touched(page: Page) -> None:
    only = "() => harness.model.patch([], [], harness.scene.cards.map(c => c.id), [0, 1, 2, 3, 4])"
    page.evaluate(only)
    patch(page, 0, "id: 'one', x: 0, y: 0")
    assert is_centred(page)
    patch(page, 0, "id: 'two', x: 248, y: 0")
    assert is_centred(page)
    patch(page, 0, "id: 'two', x: 248, y: 160")  # slides there
    assert is_centred(page)
    page.locator(".msgflo-button").nth(1).click()
    before = page.evaluate(f"() => [{CY}.zoom(), {CY}.pan()]")
    patch(page, 0, "id: 'three', x: 0, y: 300")
    page.wait_for_timeout(400)
    assert page.evaluate(f"() => [{CY}.zoom(), {CY}.pan()]") == before


def check_tidy_shows_everything(page: Page) -> None:
    page.mouse.move(*at(page, 430, 250))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -240)
    page.keyboard.up("Control")
    assert page.evaluate(ZOOM) > 1
    page.locator(".msgflo-button").nth(3).click()
    assert len(sent(page, "tidy")) == 1
    patch(page, 4, "x: 1800, y: 700")
    page.wait_for_timeout(600)
    box, zoom = page.evaluate(f"() => {CY}.nodes().renderedBoundingBox()"), page.evaluate(ZOOM)
    assert zoom < 1
    assert box["x1"] >= 0
    assert box["x2"] <= page.evaluate(f"() => {CY}.width()")
    assert box["y2"] <= page.evaluate(f"() => {CY}.height()")


def check_a_stopped_lab_is_quiet(page: Page) -> None:
    page.evaluate("() => harness.model.tell({kind: 'traffic', edges: [2, 7, 1.5]})")
    expect(page.locator(".msgflo-dot-off")).to_have_count(0)
    page.evaluate("""() => {
      harness.model.patch(harness.scene.cards.map(card => ({...card, state: "absent"})));
      harness.model.tell({kind: "traffic", edges: [2, 7, 0]});
    }""")
    expect(page.locator(".msgflo-dot-off")).to_have_count(1)
    expect(page.locator(".msgflo-totals")).to_have_text("6 participants · 5 edges · 0 msg/s")


def check_wheel_needs_focus(page: Page) -> None:
    page.mouse.move(*at(page, 430, 250))
    page.mouse.wheel(0, 120)
    page.wait_for_timeout(100)
    assert page.evaluate(ZOOM) == 1
    page.keyboard.down("Control")
    page.mouse.wheel(0, 120)
    page.keyboard.up("Control")
    page.wait_for_timeout(100)
    first = page.evaluate(ZOOM)
    assert first < 1
    page.mouse.click(*at(page, 430, 250))
    page.mouse.wheel(0, 120)
    page.wait_for_timeout(100)
    assert page.evaluate(ZOOM) < first


def check_views_come_and_go(page: Page) -> None:
    rest = page.evaluate("() => harness.model.listeners")
    page.evaluate("""() => {
      const el = document.body.appendChild(document.createElement("div"));
      el.id = "second";
      window.away = harness.render({model: harness.model, el});
    }""")
    expect(page.locator("#second [data-participant]")).to_have_count(6)
    page.evaluate("() => harness.model.patch([], [], [], [4])")
    expect(page.locator("#second [data-edge]")).to_have_count(4)
    page.evaluate("() => { window.away(); window.away(); }")
    assert page.evaluate("() => document.querySelector('#second').childElementCount") == 0
    assert page.evaluate("() => harness.model.listeners") == rest
    page.evaluate("() => harness.model.patch([], [], ['thermo'], [0, 1])")
    expect(page.locator("[data-participant]")).to_have_count(5)
    assert len(sent(page, "hello")) == 1


def check_theme_switch(page: Page) -> None:
    ground = "() => getComputedStyle(document.querySelector('.msgflo-picture')).backgroundColor"
    assert page.evaluate(ground) == "rgb(248, 249, 250)"
    page.evaluate("() => void (document.body.dataset.jpThemeLight = 'false')")
    page.wait_for_function(f"() => ({ground})() === 'rgb(23, 23, 23)'")
    # A style sheet that changes a variable, without any attribute: the probe notices.
    page.evaluate("() => document.body.style.removeProperty('x')")
    page.add_style_tag(content="body { --jp-layout-color0: #fff !important; }")
    page.wait_for_function(f"() => ({ground})() === 'rgb(248, 249, 250)'")


def check_keyboard(page: Page) -> None:
    focused = "() => document.activeElement.dataset"
    page.locator(".msgflo-button").last.focus()
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == {"card": "thermo"}
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == {"card": "format"}
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == {"card": "control"}
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused) == {"card": "thermo"}
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == {"port": "raw", "side": "out"}
    page.keyboard.press("c")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.keyboard.press("ArrowLeft")  # back to the card, still drawing
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == {"card": "display"}
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("c")
    assert [m["inport"] for m in sent(page, "connect")] == ["contrast"]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused)["edge"] == "2"
    page.keyboard.press("Delete")
    assert sent(page, "disconnect") == [{"kind": "disconnect", "edge": 2}]
    page.keyboard.press("0")
    tabs = page.locator(".msgflo-twin [tabindex='0']")
    assert tabs.count() <= 1


def check_keys_of_the_notebook_survive(page: Page) -> None:
    page.evaluate("""() => {
      window.heard = [];
      document.addEventListener("keydown", event => {
        if (!event.target.closest("[data-lm-suppress-shortcuts]")) window.heard.push(event.key);
      }, true);
    }""")
    page.locator('[data-card="thermo"]').focus()
    for key in ("ArrowRight", "c", "a", "Control+s", "Delete", "b"):
        page.keyboard.press(key)
    assert page.evaluate("() => window.heard") == ["a", "Control", "s", "b"]


def check_problem_chips(page: Page) -> None:
    page.locator(".msgflo-chip-error").click()
    assert page.evaluate(SELECTED) == ["card:control"]
    page.locator(".msgflo-chip-pending").click()
    assert page.evaluate(SELECTED) == ["edge:4"]


def check_said(page: Page) -> None:
    page.evaluate(
        "() => harness.model.tell({kind: 'said', text: '<b>no</b> such port', error: true})"
    )
    expect(page.locator(".msgflo-note")).to_have_text("<b>no</b> such port")
    expect(page.locator(".msgflo-note")).to_be_visible()


def check_announcements(page: Page) -> None:
    page.evaluate("""() => {
      const [thermo] = harness.scene.cards;
      const cards = [{...thermo, state: "error"}, {...thermo, id: "late", y: 400}];
      harness.model.patch(cards, [], ["outside"], [3]);
    }""")
    expect(page.locator("[role=status]")).to_have_text("outside left. thermo failed. late joined.")


def check_held_card_stays(page: Page) -> None:
    page.mouse.move(*at(page, 60, 44))
    page.mouse.down()
    page.mouse.move(*at(page, 100, 84), steps=4)
    patch(page, 0, "x: 400, y: 400, subtitle: 'moved'")
    page.wait_for_timeout(50)
    x = position(page, "thermo")["x"]
    assert x == 120, x
    page.mouse.up()
    assert sent(page, "move")[0]["cards"] == {"thermo": [40, 64]}


def check_slide(page: Page) -> None:
    patch(page, 4, "x: 512, y: 320")
    page.wait_for_timeout(500)
    assert position(page, "display") == {
        "x": 592,
        "y": 376,
    }
    patch(page, 4, "x: 512, y: 0")
    page.wait_for_timeout(60)
    patch(page, 4, "x: 600, y: 0")
    page.wait_for_timeout(500)
    assert position(page, "display") == {
        "x": 680,
        "y": 56,
    }


def check_edge_before_its_card(page: Page) -> None:
    page.evaluate("""() => {
      harness.model.patch([], [{...harness.scene.edges[0], n: 20, target: "late"}]);
      harness.model.patch([{...harness.scene.cards[2], id: "late", y: 320}]);
    }""")
    assert "edge:20" in page.evaluate(IDS)


def check_hostile_names(page: Page) -> None:
    page.goto(page.url.replace("thermometer", "odd"))
    expect(page.locator("[data-participant]")).to_have_count(6)
    assert page.locator("img").count() == 0
    assert page.locator("b").count() == 0
    expect(page.locator(".msgflo-name")).to_have_text("odd <b>names</b> & more 🎛️")


def check_touch(page: Page) -> None:
    client = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        where = [{"x": x, "y": y} for x, y in (at(page, *point) for point in points)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    for start, end in (((160, 112), (512, 88)), ((60, 44), (84, 68))):
        touch("touchStart", start)
        for share in (0.3, 0.6, 1):
            x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
            touch("touchMove", (x, y))
        touch("touchEnd")
    page.wait_for_timeout(100)
    assert [message["inport"] for message in sent(page, "connect")] == ["contrast"]
    assert len(sent(page, "move")) == 1, sent(page, "move")
    touch("touchStart", (468, 64))
    touch("touchEnd")
    page.wait_for_timeout(400)
    assert page.evaluate(SELECTED) == ["edge:2"]


def check_idle_costs_nothing(page: Page) -> None:
    page.wait_for_timeout(800)
    painted = """() => new Promise(resolve => {
      let count = 0;
      const clear = CanvasRenderingContext2D.prototype.clearRect;
      CanvasRenderingContext2D.prototype.clearRect = function (...args) {
        if (this.canvas.className.includes("msgflo-layer")) count++;
        return clear.apply(this, args);
      };
      setTimeout(() => resolve(count), 600);
    })"""
    assert page.evaluate(painted) == 0
    traffic = {"kind": "traffic", "edges": [2, 1, 0.5]}
    page.evaluate("traffic => void setTimeout(() => harness.model.tell(traffic), 100)", traffic)
    assert page.evaluate(painted) > 5
    page.wait_for_timeout(3000)
    assert page.evaluate(painted) == 0


def passes(page: Page, address: str, check: Callable[[Page], None]) -> bool:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text))
    page.goto(f"{address}?scene=thermometer")
    page.wait_for_selector("[data-participant]", state="attached")
    page.wait_for_timeout(100)
    try:
        check(page)
        assert not errors, errors
    except Exception:  # the next check is independent of this one
        print("FAIL", check.__name__, traceback.format_exc()[-700:], errors, flush=True)
        return False
    print("ok  ", check.__name__, flush=True)
    return True


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    named = [(name, value) for name, value in globals().items() if name.startswith("check_")]
    checks = [check for name, check in named if wanted in name]
    failed = 0
    with harness() as (browser, address):
        for check in checks:
            page = browser.new_page(viewport={"width": 990, "height": 740})
            failed += not passes(page, address, check)
            page.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
