"""The page in Chromium: what it shows, what it lets nobody do, and that it works without a mouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path as File
from typing import Any

import effort
import pytest
from catalogue import networks
from catalogue import report as checked
from page.comparing import LARGEST, in_chromium, in_node, needs_node, sizes_of

import archcalc
from archcalc.scene.primitives import Path, Polygon, Text

pytestmark = pytest.mark.browser

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&<b>]]>{{7*7}}"


@pytest.fixture
def opened(chromium: Any, tmp_path: File) -> Any:
    """Opens the page of a network in a tab of its own."""
    tabs = []

    def open_page(report: archcalc.Report, **options: Any) -> Any:
        path = tmp_path / f"page{len(tabs)}.html"
        report.page().save(path)
        tabs.append(chromium.open(path.as_uri(), **options))
        return tabs[-1]

    yield open_page
    for tab in tabs:
        assert (tab.errors, tab.dialogs) == ([], [])
        assert [url for url in tab.requests if not url.startswith(tmp_path.as_uri())] == []
        tab.close()


def write(tab: Any, field: str, text: str) -> None:
    """Write into a field that the page reads while somebody types."""
    chosen = f"document.getElementById('{field}')"
    tab.run(f"{chosen}.value = {json.dumps(text)}, {chosen}.dispatchEvent(new Event('input'))")
    tab.drawn()


def work(tab: Any) -> list[list[str]]:
    """The shown work, a list of equal terms for each quantity, as it is read aloud."""
    found: list[list[str]] = tab.run(
        "[...document.querySelectorAll('#work dd')]"
        ".map(line => [...line.querySelectorAll('math')].map(term => term.getAttribute('alttext')))"
    )
    return found


def rows(tab: Any) -> dict[str, list[str]]:
    """The cells of the rows that are elements."""
    found: dict[str, list[str]] = tab.run(
        "Object.fromEntries([...document.querySelectorAll('#rows tr[data-place]')]"
        ".map(row => [row.cells[0].textContent, [...row.cells].slice(1).map(cell => cell.textContent)]))"
    )
    return found


def test_the_page_shows_the_numbers_of_the_check(opened: Any) -> None:
    report = archcalc.load("unet:paper").check()
    tab = opened(report)
    assert "31,030,658 parameters" in tab.text("#totals")
    assert "150,428,424,448 multiplications" in tab.text("#totals")
    assert tab.text("#state") == "✓ legal"
    assert rows(tab)["enc1.2"] == ["conv", "64×568×568", "36,928", "11,893,211,136", "20,647,936"]


@needs_node
def test_all_numbers_follow_the_sizes_in_chromium_as_in_node(opened: Any) -> None:
    report = archcalc.load("unet:paper").check()
    tab = opened(report)
    write(tab, "size-N", "588")
    there = archcalc.load("unet:paper").check(N=588)
    assert f"{there.totals.multiplications:,} multiplications" in tab.text("#totals")
    for name, cells in rows(tab).items():
        layer = there[name]
        assert cells[1] == "×".join(map(str, layer.output))
        assert cells[3].replace(",", "") == str(layer.multiplications or "-")
    (answer,) = in_node([(report, [{"N": 588}])])
    assert answer["at"][0]["totals"][3] == str(there.totals.multiplications)


@needs_node
def test_chromium_computes_what_node_computes(chromium: Any) -> None:
    chosen = [checked(name) for name in effort.share([name for name in networks() if name != LARGEST], shares=40)]
    asked = [(one, [*good, *bad]) for one, (_, good, bad) in zip(chosen, map(sizes_of, chosen), strict=True)]
    assert in_chromium(chromium, asked) == in_node(asked)


def test_at_a_size_that_is_not_legal_no_count_is_shown(opened: Any) -> None:
    tab = opened(archcalc.load("unet:paper").check())
    write(tab, "size-N", "570")
    assert tab.text("#totals") == "no network of this size"
    assert tab.text("#state").startswith("✗ not legal; 3: (((N - 12)/2) - 2 + 0)/2 + 1 must be whole")
    assert {cell for cells in rows(tab).values() for cell in cells[2:]} == {"?"}
    assert tab.run("document.querySelectorAll('#charts .mark ~ g path').length") == 0
    assert "128×279/2×279/2" in tab.run("document.querySelector('.box.fault').textContent")
    tab.click("#near button:last-of-type")
    assert tab.run("document.getElementById('size-N').value") == "572"
    assert "150,428,424,448 multiplications" in tab.text("#totals")


def test_a_chosen_layer_shows_its_work_and_its_line(opened: Any) -> None:
    tab = opened(archcalc.load("unet:paper").check())
    write(tab, "search", "dec4.0")
    assert ["C·K·F²·N²", "1024·512·2²·28²", "1,644,167,168"] in work(tab)
    power = "document.querySelector('#work msup').textContent"
    assert tab.run(power) == "F2", "formulas are set as such"
    assert "conv_transpose: [widened, 2, 2]" in tab.text(".line.here")
    assert tab.run("document.querySelector('#rows tr[aria-selected=true]').cells[0].textContent") == "dec4.0"
    write(tab, "size-N", "588")
    assert "1024·512·2²·29²" in work(tab)[-1]


def test_hostile_names_stay_text(opened: Any) -> None:
    spec = {
        "name": HOSTILE,
        "source": HOSTILE,
        "input": [1, "N", "N"],
        "at": {"N": 8},
        "layers": [{"conv": [2, 3]}, {"linear": HOSTILE}],
    }
    tab = opened(archcalc.load(json.dumps(spec)).check())
    assert tab.text("#title") == HOSTILE
    assert tab.run("document.title") == HOSTILE
    assert tab.run("document.querySelectorAll('img, b img, #title *, #source *').length") == 0
    assert HOSTILE in tab.text("#source")
    assert HOSTILE.replace('"', '\\"') in tab.text("#spec")


def test_the_policy_of_the_page_blocks_what_is_put_into_it(opened: Any) -> None:
    tab = opened(archcalc.load("lenet:lecture").check())
    policy = tab.run("document.querySelector('meta[http-equiv]').content")
    assert "unsafe" not in policy and policy.startswith("default-src 'none'; script-src 'sha256-")
    tab.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hit = 1\">')")
    tab.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.hit = 1'}))")
    tab.drawn()
    assert tab.run("window.hit") is None
    assert all("Content Security Policy" in error for error in tab.errors)
    tab.errors.clear()
    tab.requests[:] = [url for url in tab.requests if not url.endswith("/x")]


def test_the_graph_is_a_tree_of_one_tab_stop_that_arrows_walk(opened: Any) -> None:
    tab = opened(archcalc.load("unet:paper").check())
    stops = "document.querySelectorAll('#graph [tabindex=\"0\"]').length"
    here = "document.activeElement.querySelector('title').textContent"
    assert tab.run(stops) == 1
    tab.run("document.querySelector('#graph [tabindex=\"0\"]').focus()")
    tab.press("ArrowDown")
    assert tab.run(here).startswith("▸ enc1 (4) 64×568×568 enc1,")
    assert tab.run("document.activeElement.getAttribute('aria-expanded')") == "false"
    tab.press("ArrowRight", "ArrowRight")
    assert tab.run(here).endswith("enc1.0")
    tab.press("Enter")
    assert tab.text("#work").startswith("enc1.0")
    tab.press("ArrowLeft", "ArrowLeft")
    assert tab.run(here).startswith("▸ enc1 (4) 64×568×568 enc1,")
    assert tab.run("document.activeElement.getAttribute('aria-expanded')") == "false"
    tab.press("End")
    assert tab.run(here).endswith("output")
    assert tab.run(stops) == 1


def test_the_table_is_walked_with_arrows_sorted_and_filtered(opened: Any) -> None:
    tab = opened(archcalc.load("resnet:resnet50").check())
    assert tab.run("document.querySelectorAll('#rows tr').length") < 60, "rows that are not seen are no elements"
    tab.run("document.querySelector('#rows tr[tabindex=\"0\"]').focus()")
    tab.press("ArrowDown", "Enter")
    assert tab.text("#work").startswith("bn1")
    tab.press("End")
    assert tab.run("document.activeElement.cells[0].textContent") == "fc"
    tab.click("#columns th:nth-child(4) button")
    assert tab.run("document.querySelector('#columns th:nth-child(4)').getAttribute('aria-sort')") == "descending"
    tab.run("document.getElementById('scroller').scrollTop = 0")
    tab.drawn()
    assert next(iter(rows(tab))) == "layer4.0.conv2"
    write(tab, "filter", "max_pool")
    assert list(rows(tab)) == ["maxpool"]


def test_a_mouse_folds_and_unfolds(opened: Any) -> None:
    tab = opened(archcalc.load("unet:paper").check())
    boxes = "document.querySelectorAll('#graph .box').length"
    before = tab.run(boxes)
    tab.click("#graph .box.closed")
    assert tab.run(boxes) == before + 3
    tab.click("#unfold")
    assert tab.run(boxes) == 55
    tab.click("#fold")
    assert tab.run(boxes) == before


def test_a_page_with_an_error_shows_it_at_its_line(opened: Any) -> None:
    tab = opened(archcalc.load("input: [3, 8, 8]\nlayers: [conv: [4, 3], conv: [2, 9], relu]").check())
    assert tab.text("#totals") == "no totals: see the findings"
    assert "error[AC303] conv: the window of 9 is larger than the height and width of 6" in tab.text("#findings")
    assert tab.text("#spec mark") == "9"
    assert tab.text(".box.fault") == "conv 2×?×? 1conv2×?×?"
    broken = opened(archcalc.load("input: [3, 8\nlayers: [conv: [4, 3]]").check())
    assert broken.text("#totals") == "this text is no network"
    assert "error[" in broken.text("#findings")


def test_what_was_found_at_other_sizes_says_so(opened: Any) -> None:
    tab = opened(archcalc.load("unet:paper").check(N=570))
    shown = "document.querySelector('.told').innerText"
    assert tab.run(shown).startswith("max_pool: height and width: (279 - 2 + 0)/2 + 1 = 139.5")
    tab.click("#near button:last-of-type")
    assert tab.run(shown).startswith("at N = 570: max_pool: height and width: (279 - 2 + 0)/2 + 1 = 139.5")


def test_the_lecture_picture_is_drawn_in_the_colours_of_the_page(opened: Any) -> None:
    report = archcalc.load("unet:paper").check()
    scene = report.draw(style="volumes", title="", caption="").scene
    painted = [item for item in scene.painted() if not (isinstance(item, Text) and not item.text)]
    for dark in (False, True):
        tab = opened(report, dark=dark)
        tab.run("document.getElementById('show-figure').click()")
        kinds = {Text: "text", Path: "path", Polygon: "polygon"}
        shown = tab.run("[...document.querySelector('#figure').children].slice(1).map(one => one.tagName)")
        assert shown == [kinds[type(item)] for item in painted]
        texts = tab.run("[...document.querySelectorAll('#figure text')].map(one => one.textContent)")
        assert texts == [item.text for item in painted if isinstance(item, Text)]
        paper = tab.run("document.querySelector('#figure rect').getAttribute('fill')")
        assert paper == report.draw(style="volumes", dark=dark).scene.background
    volume = "document.querySelector('#figure [data-layer=\"enc1.2\"]')"
    tab.run(f"{volume}.dispatchEvent(new MouseEvent('click', {{bubbles: true}}))")
    assert "enc1.2" in tab.text("#work h2")
    write(tab, "size-N", "588")
    assert tab.text("#drawn-at") == "drawn at N = 572"


def test_print_has_the_whole_graph_and_all_rows(opened: Any) -> None:
    tab = opened(archcalc.load("resnet:resnet50").check())
    tab.run(
        "addEventListener('beforeprint', () => { window.seen = ["
        "document.querySelectorAll('#rows tr[data-place]').length, "
        "document.getElementById('graph').getAttribute('viewBox')]; })"
    )
    assert tab.pdf().startswith(b"%PDF")
    count, box = tab.run("window.seen")
    assert count == len(archcalc.load("resnet:resnet50").check())
    assert box.startswith("0 0 ")
    assert tab.run("document.getElementById('graph').getAttribute('viewBox')") is None


def shown_by_notebook(chromium: Any, path: File, network: str) -> Any:
    """A tab with what a notebook shows of the page of a network."""
    inside = archcalc.load(network).check().page()._repr_html_()
    path.write_text(f"<!doctype html><meta charset=utf-8><p>before</p>{inside}<p>behind</p>", encoding="utf-8")
    return chromium.open(path.as_uri())


def test_a_notebook_shows_it_in_a_frame_that_reaches_nothing(chromium: Any, tmp_path: File) -> None:
    tab = shown_by_notebook(chromium, tmp_path / "notebook.html", "lenet:lecture")
    assert tab.run("document.querySelector('iframe').sandbox.value") == "allow-scripts"
    assert tab.run("document.querySelector('iframe').contentDocument") is None
    assert (tab.errors, tab.dialogs) == ([], [])
    tab.close()


COVERS = """
const frame = document.querySelector("iframe"), place = frame.getBoundingClientRect();
const inside = [0.02, 0.25, 0.5, 0.75, 0.98];
inside.every(x => inside.every(y =>
    document.elementFromPoint(place.left + x * place.width, place.top + y * place.height) === frame))
"""


def test_the_frame_covers_the_picture_that_stands_in_for_it(chromium: Any, tmp_path: File) -> None:
    tab = shown_by_notebook(chromium, tmp_path / "notebook.html", "unet:paper")
    assert tab.run(COVERS)
    box = "document.querySelector({!r}).getBoundingClientRect()"
    assert tab.run(f"{box.format('.archcalc-page')}.height") == 622, "it is as high as the frame with its border"
    assert tab.run(f"{box.format('iframe')}.height") == 620
    assert tab.run("document.documentElement.scrollWidth <= innerWidth")
    tab.close()


WITHOUT_SCRIPTS = """
const picture = document.images[0], box = picture?.getBoundingClientRect();
document.readyState !== "complete" || location.search !== "?again" ? null : {
    frame: getComputedStyle(document.querySelector("iframe")).display,
    natural: picture.naturalWidth, wide: box.width, high: box.height, right: box.right <= innerWidth,
    place: document.querySelector(".archcalc-page").getBoundingClientRect().height,
    words: document.querySelector(".archcalc-page small").innerText,
}
"""


@pytest.mark.parametrize("network", ["lenet:lecture", "unet:paper"])
def test_without_scripts_a_notebook_shows_the_picture(chromium: Any, tmp_path: File, network: str) -> None:
    tab = shown_by_notebook(chromium, tmp_path / "notebook.html", network)
    # Nothing that waits in the page comes back any more: what is evaluated from outside does.
    tab.send("Emulation.setScriptExecutionDisabled", value=True)
    tab.send("Page.navigate", url=(tmp_path / "notebook.html").as_uri() + "?again")
    seen = None
    while seen is None:
        found = tab.send("Runtime.evaluate", expression=f"{{{WITHOUT_SCRIPTS}}}", returnByValue=True)
        seen = found["result"].get("value")
    assert seen["frame"] == "none"
    assert seen["natural"] > 400, "the browser reads the picture"
    assert seen["wide"] > 400 and seen["high"] > 100 and seen["right"]
    assert seen["place"] < seen["high"] + 60, "there is no room left for a frame that is gone"
    assert "where scripts run" in seen["words"]
    tab.close()


def test_of_a_large_graph_only_what_is_near_has_elements(opened: Any) -> None:
    report = archcalc.load("resnet:resnet152").check()
    tab = opened(report)
    tab.click("#unfold")
    boxes = "document.querySelectorAll('#graph .box').length"
    assert tab.run(boxes) < 100
    tab.run("document.querySelector('#graph [tabindex=\"0\"]').focus()")
    tab.press("End")
    assert tab.run("document.activeElement.querySelector('title').textContent").endswith("output")
    tab.press("ArrowUp")
    assert tab.run("document.activeElement.querySelector('title').textContent") == "fc: linear 1000 fc"
    tab.run(f"addEventListener('beforeprint', () => {{ window.printed = {boxes}; }})")
    tab.pdf()
    assert tab.run("window.printed") == len(report) + 2, "with the input and the output"
    assert tab.run(boxes) < 100


WRONG = "name: Wrong\ninput: [3, 8, 8]\nlayers: [conv: [2, 9], relu]\nexpect: {parameters: 1}"


def test_another_network_takes_the_place_of_the_one_that_is_shown(opened: Any) -> None:
    tab = opened(archcalc.load("unet:paper").check())
    write(tab, "size-N", "588")
    there = json.dumps(archcalc.load("unet:rgb").check().page().data)
    tab.run(f"window.shown = $main.show({there}); 0")
    assert (tab.text("#title"), tab.run("document.getElementById('size-N').value")) == ("U-Net:rgb", "572")
    tab.run(f"shown.setSizes({{ N: 588n }}), $main.show({there}, shown); 0")
    tab.drawn()
    assert tab.run("document.getElementById('size-N').value") == "588"
    report = archcalc.load("unet:rgb").check(N=588)
    assert f"{report.totals.multiplications:,} multiplications" in tab.text("#totals")
    tab.click("#unfold")
    assert tab.run("document.querySelectorAll('#graph .box').length") == 55


def test_the_layers_that_ask_for_sizes_are_told(opened: Any) -> None:
    tab = opened(archcalc.load("unet:paper").check())
    tab.click("#legal summary")
    assert "3 N = 0 (mod 4)" in tab.text("#legal ul")
    assert tab.run("document.querySelector('.box.closed title').textContent").endswith(
        "enc1, 37,568 parameters, 12,080,353,536 multiplications"
    )


def test_a_check_loads_nothing_of_the_page() -> None:
    code = (
        "from archcalc.cli import main; main(['check', 'unet:paper']); import sys; print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "archcalc.checking" in done.stderr.split()
    assert [name for name in done.stderr.split() if name.startswith("archcalc.page")] == []


AXE = os.environ.get("ARCHCALC_AXE")


@pytest.mark.skipif(not AXE, reason="ARCHCALC_AXE does not name axe.min.js of the npm package axe-core")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["unet:paper", "resnet:resnet50", WRONG], ids=["legal", "large", "wrong"])
def test_axe_finds_nothing(opened: Any, name: str, dark: bool) -> None:
    tab = opened(archcalc.load(name).check(), dark=dark)
    tab.run(f"{File(str(AXE)).read_text(encoding='utf-8')}; 0")
    found = "axe.run().then(all => all.violations.map(one => [one.impact, one.id, one.nodes[0].html]))"
    assert tab.run(found) == []
    tab.click("#unfold")
    tab.run("document.querySelector('#rows tr[data-place]').click()")
    assert tab.run(found) == []
    if name == "unet:paper":
        write(tab, "size-N", "570")
        assert tab.run(found) == []
    tab.click("#fold")
    assert tab.run(found) == []
