"""Geometry of the charts: pure functions, so the examples are worked by hand."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import charts

PERSONS = [("Personen", 1)]
published = st.integers(0, 40_000).map(lambda number: number * 5)


@pytest.mark.parametrize(
    ("highest", "steps", "expected"),
    [(0, 5, 5), (25, 5, 5), (26, 5, 10), (45, 5, 10), (99, 5, 20), (125, 5, 25), (355, 5, 100), (114_840, 5, 25_000)],
)
def test_axis_steps_are_round(highest, steps, expected):
    assert charts.round_step(highest, steps) == expected


def test_a_bar_is_as_high_as_its_number():
    chart = charts.columns("id", "Titel", PERSONS, [charts.Group("Nov", [50]), charts.Group("Dez", [25])])
    full, half = chart.bars
    assert full.height == pytest.approx(chart.bottom - charts.TOP)  # the axis ends at 50
    assert half.height == pytest.approx(full.height / 2)
    assert full.y + full.height == pytest.approx(half.y + half.height) == pytest.approx(chart.bottom)
    assert [tick.label for tick in chart.y_ticks] == ["0", "10", "20", "30", "40", "50"]


def test_the_tooltip_says_the_number_as_the_table_does():
    chart = charts.columns("id", "Titel", PERSONS, [charts.Group("Nov", [1240], name="November 2026")])
    assert chart.bars[0].text == "November 2026: 1.240 Personen"


@pytest.mark.parametrize("value", [None, 0])
def test_a_withheld_number_and_zero_have_no_bar(value):
    chart = charts.columns("id", "Titel", PERSONS, [charts.Group("Nov", [value]), charts.Group("Dez", [5])])
    assert [bar.text for bar in chart.bars] == ["Dez: 5 Personen"]
    assert [tick.label for tick in chart.x_ticks] == ["Nov", "Dez"]


def test_a_chart_without_any_number_is_still_a_chart():
    chart = charts.columns("id", "Titel", PERSONS, [charts.Group("Nov", [None])])
    assert chart.bars == ()
    assert [tick.label for tick in chart.y_ticks] == ["0", "5"]


@given(st.lists(st.tuples(published | st.none(), published | st.none()), min_size=1, max_size=13))
def test_bars_stay_inside_the_frame_and_beside_each_other(values):
    chart = charts.columns("id", "T", [("a", 1), ("b", 2)], [charts.Group(str(n), v) for n, v in enumerate(values)])
    for bar in chart.bars:
        assert chart.left <= bar.x
        assert bar.x + bar.width <= chart.right
        assert bar.y >= charts.TOP - 0.1
    ends = [(bar.x, bar.x + bar.width) for bar in chart.bars]
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))


@given(st.lists(published | st.none(), min_size=1))
def test_every_number_has_the_class_whose_label_names_it(values):
    step = charts.scale(values)
    for value in values:
        index = charts.class_of(value, step)
        if value is None:
            assert index == 0
        else:
            (legend,) = charts.classes(step, [_area(index), _area(0)])
            ends = [int(end.replace(".", "")) for end in legend.label.split(" – ")]
            assert legend.index == index
            assert ends[0] <= value <= ends[-1]
            assert ends[0] % 5 == ends[-1] % 5 == 0


def _area(step):
    return charts.Area(8, "Kalk", "", 0, 0, "", "", step, "")


def test_the_legend_names_what_the_map_shows_and_no_more():
    step = charts.scale([10, 0, None])
    areas = [_area(charts.class_of(value, step)) for value in (10, 0, None)]
    assert [(each.index, each.label) for each in charts.classes(step, areas)] == [(1, "0"), (3, "10")]


def test_a_row_bar_is_a_share_of_the_longest():
    assert [charts.bar_length(value, 40) for value in (40, 10, 0, None)] == [100, 25, 0, 0]
    assert charts.bar_length(0, 0) == 0
