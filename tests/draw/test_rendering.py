"""Pictures in files and notebooks; those of Graphviz with the program dot, pygraphviz, neither, and without end."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

import pytest
from networks import named, report

import archcalc
from archcalc.draw import rendering
from archcalc.draw.picture import format_of
from archcalc.draw.rendering import NoRenderer, OutOfTime, RenderingFailed, render
from archcalc.scene.svg import fluid

RENDERERS = {
    "dot": shutil.which("dot") is not None,
    "pygraphviz": importlib.util.find_spec("pygraphviz") is not None,
}
BEGINNINGS = {"svg": b"<", "png": b"\x89PNG", "pdf": b"%PDF"}
SMALL = "name: Small\ninput: [1, 8, 8]\nlayers: [conv: [4, 3], relu]\n"


def hide(monkeypatch: pytest.MonkeyPatch, *hidden: str) -> None:
    """Let a renderer look as if it was not installed."""
    if "dot" in hidden:
        monkeypatch.setattr(rendering.shutil, "which", lambda _: None)
    if "pygraphviz" in hidden:
        monkeypatch.setattr(rendering, "find_spec", lambda _: None)


@pytest.fixture(params=RENDERERS)
def renderer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if not RENDERERS[request.param]:
        pytest.skip(f"{request.param} is missing")
    hide(monkeypatch, *(name for name in RENDERERS if name != request.param))
    return str(request.param)


@pytest.mark.parametrize("format", BEGINNINGS)
def test_each_renderer_alone_draws_each_format(renderer: str, format: str) -> None:
    assert archcalc.load(SMALL).draw().render(format, "graphviz").startswith(BEGINNINGS[format])


def test_svg_of_graphviz_says_what_each_box_is(renderer: str) -> None:
    root = ElementTree.fromstring(archcalc.load(SMALL).draw().render("svg", "graphviz"))
    titles: dict[str | None, list[str | None]] = defaultdict(list)
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        titles[group.get("class")] += [title.text for title in group.findall("{*}title")]
    assert titles["graph"] == ["Small"]
    assert titles["node"][1] == "0\nconv 3×3, relu\n4×6×6\n40 parameters\n1,296 multiplications"
    assert titles["edge"] == ["1×8×8", "4×6×6"]
    text = " ".join(element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "40 parameters" in text
    assert "4×6×6" in text


def test_pictures_are_saved(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    pytest.importorskip("fontTools")
    picture = archcalc.load(SMALL).draw()
    for suffix, beginning in [(".svg", b"<svg"), (".png", b"\x89PNG"), (".pdf", b"%PDF"), (".dot", b"digraph")]:
        picture.save(tmp_path / f"net{suffix}")
        assert (tmp_path / f"net{suffix}").read_bytes().startswith(beginning)
    picture.save(tmp_path / "net.txt", "dot")
    assert (tmp_path / "net.txt").read_text(encoding="utf-8") == picture.dot


def test_a_notebook_shows_svg() -> None:
    picture = archcalc.load(SMALL).draw()
    bundle = picture._repr_mimebundle_()
    assert bundle == {"image/svg+xml": fluid(picture.svg), "text/plain": "<Picture Small: 3 boxes, 2 edges>"}
    assert picture._repr_svg_() == fluid(picture.svg)


def test_without_graphviz_there_are_pictures_and_advice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hide(monkeypatch, *RENDERERS)
    picture = archcalc.load(SMALL).draw()
    picture.save(tmp_path / "net.svg")
    with pytest.raises(
        NoRenderer, match=r"apt install graphviz.*brew install graphviz.*pip install 'archcalc\[draw\]'"
    ):
        picture.save(tmp_path / "other.svg", engine="graphviz")
    assert [path.name for path in tmp_path.iterdir()] == ["net.svg"]


def test_patience_has_an_end(renderer: str) -> None:
    edges = "".join(f"n{i} -> n{j};" for i in range(300) for j in range(i + 1, min(300, i + 40)))
    start = time.monotonic()
    with pytest.raises(OutOfTime, match=r"stopped after 0\.5 seconds; a smaller --depth"):
        render(f"digraph {{ {edges} }}", "svg", seconds=0.5)
    assert time.monotonic() - start < 5


def test_what_graphviz_says_is_told(renderer: str) -> None:
    with pytest.raises(RenderingFailed, match="Graphviz failed: "):
        render("digraph { a -> ", "svg")


def test_a_graphviz_without_a_format_gives_way_to_the_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if not RENDERERS["pygraphviz"] or sys.platform == "win32":
        pytest.skip("pygraphviz is missing")
    poor = tmp_path / "dot"
    poor.write_text("#!/bin/sh\necho 'Format: \"pdf\" not recognized.' >&2\nexit 1\n")
    poor.chmod(0o755)
    monkeypatch.setattr(rendering.shutil, "which", lambda _: str(poor))
    assert archcalc.load(SMALL).draw().render("pdf", "graphviz").startswith(b"%PDF")
    hide(monkeypatch, "pygraphviz")
    with pytest.raises(RenderingFailed, match='Graphviz failed: Format: "pdf" not recognized'):
        archcalc.load(SMALL).draw().render("pdf", "graphviz")


@pytest.mark.skipif(not any(RENDERERS.values()), reason="Graphviz is missing")
@pytest.mark.parametrize(
    "name", [name for name in named() if name.endswith((":paper", ":resnet152", ":b0", "hrnet.yaml"))]
)
def test_published_networks_are_rendered(name: str) -> None:
    root = ElementTree.fromstring(report(name).draw().render("svg", "graphviz"))
    # Inches at 72 points: a page in portrait, or two.
    assert float(root.get("height", "").removesuffix("pt")) < 2000


@pytest.mark.parametrize(("name", "format"), [("net.SVG", "svg"), ("a.b/net.gv", "dot"), ("net.pdf", "pdf")])
def test_the_suffix_says_the_format(name: str, format: str) -> None:
    assert format_of(name) == format


def test_formats_that_there_are_not(tmp_path: Path) -> None:
    picture = archcalc.load(SMALL).draw()
    with pytest.raises(ValueError, match=r"net\.txt does not say what it is: end it in \.dot"):
        picture.save(tmp_path / "net.txt")
    with pytest.raises(ValueError, match="there is no format sgv; did you mean svg"):
        picture.render("sgv")
    with pytest.raises(ValueError, match="the engine is archcalc or graphviz, not 'dot'"):
        picture.render("svg", "dot")  # type: ignore[arg-type]
