"""scripts/draw_structure.py: reading includes, leaving out arrows that follow, floors, the layout."""
import pathlib
import sys
import xml.etree.ElementTree

import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import draw_structure  # noqa: E402

ROOMS = {"include/sherpa": (set(), set()), "core/base": (set(), set()),
         "core/study": (set(), set()), "runtime": (set(), set()), "runtime/cli": (set(), set())}


def test_include_lines_name_the_innermost_room():
    text = """#pragma once
#include <sherpa/study.hpp>
#include <vector>
#include <boost/asio.hpp>
  #  include "core/study/engine.hpp"
#include "runtime/cli/main.hpp"
#include "runtime/secrets.hpp"
#include "beside.hpp"
// #include "core/base/text.hpp"
std::string text = "#include";
"""
    assert list(draw_structure.included_rooms(text, ROOMS)) == [
        "include/sherpa", "core/study", "runtime/cli", "runtime"]


def test_includes_are_counted_by_room(tmp_path):
    for name, text in {
            "core/base/text.hpp": "#include <sherpa/error.hpp>\n",
            "core/study/a.hpp": '#include "core/base/text.hpp"\n#include "core/study/b.hpp"\n',
            "core/study/a.cpp": '#include "core/study/a.hpp"\n#include "core/base/text.hpp"\n',
            "core/study/notes.md": '#include "runtime/cli/main.hpp"\n',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    counts = draw_structure.count_includes(tmp_path, ROOMS)
    assert counts == {"include/sherpa": {}, "core/base": {"include/sherpa": 1},
                      "core/study": {"core/base": 2}, "runtime": {}, "runtime/cli": {}}


def test_arrows_that_follow_from_others_are_left_out():
    includes = {"a": {"b": 1, "c": 5, "d": 1}, "b": {"c": 1}, "c": {}, "d": {}}
    assert draw_structure.without_shortcuts(includes) == {
        "a": ["b", "d"], "b": ["c"], "c": [], "d": []}


def test_a_room_stands_above_all_rooms_that_it_includes():
    includes = {"top": ["left", "middle"], "left": ["ground"], "middle": ["low"],
                "low": ["ground"], "ground": []}
    floors = draw_structure.floors_of(includes)
    assert floors["ground"] == 0 and floors["low"] == 1 and floors["middle"] == 2
    assert floors["top"] == 3 and 0 < floors["left"] < 3


def test_a_circle_is_found_and_named():
    assert draw_structure.circle({"a": {"b": 1}, "b": {"c": 1}, "c": {}}) is None
    assert draw_structure.circle({"x": {"a": 1}, "a": {"b": 1}, "b": {"a": 1}}) == ["a", "b", "a"]


@pytest.mark.parametrize("wished", [[0, 0, 0, 0], [900, 100, 500, 2000], [100, 400, 700, 1000]])
def test_boxes_do_not_overlap_and_stay_within_the_picture(wished):
    widths = [70, 8, 120, 70]
    centres = draw_structure.spread(wished, widths)
    edges = [(c - w / 2, c + w / 2) for c, w in zip(centres, widths)]
    assert edges[0][0] >= draw_structure.MARGIN - 1e-6
    assert edges[-1][1] <= draw_structure.WIDTH - draw_structure.MARGIN + 1e-6
    for (_, right), (left, _) in zip(edges, edges[1:]):
        assert left - right >= draw_structure.GAP - 1e-6


def test_the_picture_is_well_formed_and_always_the_same():
    counts = {"runtime/cli": {"core/study": 3, "include/sherpa": 2}, "core/study": {"core/base": 1},
              "core/base": {"include/sherpa": 4}, "include/sherpa": {}}
    drawn = draw_structure.draw(counts)
    root = xml.etree.ElementTree.fromstring(drawn)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"cli", "study", "base", "include/sherpa"} <= set(texts)
    assert drawn.count('class="arrow"') == 3  # cli -> include/sherpa follows
    assert drawn == draw_structure.draw(dict(counts))


def test_check_fails_until_the_picture_is_drawn_again(tmp_path, monkeypatch, capsys):
    figure = tmp_path / "docs/figures/structure.svg"
    figure.parent.mkdir(parents=True)
    monkeypatch.setattr(draw_structure, "ROOT", tmp_path)
    monkeypatch.setattr(draw_structure, "FIGURE", figure)
    (tmp_path / "core/base").mkdir(parents=True)
    assert draw_structure.main(["--check"]) == 1
    assert "run scripts/draw_structure.py" in capsys.readouterr().out
    assert draw_structure.main([]) == 0
    assert draw_structure.main(["--check"]) == 0
    (tmp_path / "core/base/text.hpp").write_text("#include <sherpa/error.hpp>\n")
    assert draw_structure.main(["--check"]) == 1
    assert draw_structure.main(["--draw"]) == 2
