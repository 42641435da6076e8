"""What programs write is as they would write it today, and an old text does not pass."""

from __future__ import annotations

import pytest
import regenerate
from repository import architecture_page, generated, rooms
from repository.generated import Generated, GeneratedFile, Section


@pytest.mark.parametrize("one", regenerate.GENERATED, ids=lambda one: one.name)
def test_what_is_generated_is_current(one: Generated) -> None:
    assert generated.is_current(one), f"{one.name} is old: run `python tests/regenerate.py`"


@pytest.fixture
def scratch(tmp_path, monkeypatch) -> list[Generated]:
    monkeypatch.setattr(generated, "ROOT", tmp_path)
    (tmp_path / "page.md").write_text("a\n<!-- b: generated -->\nold\n<!-- /b -->\nc\n", encoding="utf-8")
    (tmp_path / "data.json").write_text("{}\n", encoding="utf-8")
    found = [Section("page.md", "b", lambda: "new\n"), GeneratedFile("data.json", lambda: "{}\n")]
    monkeypatch.setattr(regenerate, "GENERATED", found)
    return found


def test_an_old_section_is_noticed_and_renewed(scratch, tmp_path, capsys) -> None:
    assert regenerate.main(["--check"]) == 1
    assert capsys.readouterr().out == "old: page.md, b\n"
    assert regenerate.main([]) == 0
    assert capsys.readouterr().out == "renewed: page.md, b\n"
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == "a\n<!-- b: generated -->\nnew\n<!-- /b -->\nc\n"
    assert regenerate.main(["--check"]) == 0


@pytest.mark.parametrize("text", ["", "<!-- b: generated -->\n", "<!-- /b -->\n", "<!-- b: generated --> <!-- /b -->"])
def test_a_document_without_a_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"page\.md needs <!-- b: generated --> and <!-- /b --> once"):
        Section("page.md", "b", str).renewed(text)


def test_the_page_of_the_architecture_has_every_room_once_and_in_order() -> None:
    page = architecture_page.rooms()
    for level in rooms.LEVELS:
        for room in level:
            assert f"\n{room}.py " in page or f"\n{room}/ " in page, f"ARCHITECTURE.md lacks {room}"
    assert page.count(architecture_page.ARROW) == len(rooms.LEVELS) - 1
    assert page.index("\ncli/") < page.index("\nreport/") < page.index("\nlayers/") < page.index("\ndims/")


def test_a_room_without_a_docstring_is_refused(tmp_path, monkeypatch) -> None:
    (tmp_path / "bare.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(architecture_page, "PACKAGE", tmp_path)
    with pytest.raises(ValueError, match="has no docstring"):
        architecture_page.about("bare")
