"""Promotion calendars: what each effect adds, when, and how effects combine."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from csshift.demand.promotions.effects import promote
from csshift.demand.promotions.faults import effect_faults, shape_faults
from csshift.demand.promotions.shapes import OPENINGS, collect_shapes, interval_shares, overlap
from csshift.demand.promotions.templates import TEMPLATES, Figures, double_11
from csshift.demand.volumes import Volumes, collect_volumes
from csshift.errors import InputError
from csshift.model.demand import ForecastCell
from csshift.model.promotions import PromotionEffect, ShapePoint

MONDAY = date(2026, 11, 2)
MIDNIGHT = datetime(2026, 11, 2)
SHAPES = collect_shapes(())
QUEUES = (("S1", "after-sale"), ("S1", "pre-sale"), ("S2", "pre-sale"))


def at(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


def effect(start: float = 20, end: float = 30, **fields: Any) -> PromotionEffect:
    usual = {"wave": "w", "start": at(start), "end": at(end), "multipliers": {"pre-sale": 3}}
    return PromotionEffect(**{**usual, **fields})


def volumes(values: Any = None, minutes: int = 60, days: int = 4) -> Volumes:
    if values is None:
        values = np.ones((len(QUEUES), days * 1440 // minutes))
    return Volumes(MONDAY, minutes, QUEUES, np.asarray(values, dtype=float))


names = st.sampled_from(["ordinary", "rising", "fading", *OPENINGS])
counts = st.lists(st.integers(0, 40), min_size=96, max_size=96).map(
    lambda drawn: volumes(np.outer([1, 2, 0.5], drawn))
)
effects = st.builds(
    lambda wave, start, length, lift, shape, stores: effect(
        wave=wave,
        start=start / 60,
        end=(start + length) / 60,
        multipliers={"pre-sale": lift},
        shape=shape,
        stores=stores,
    ),
    st.sampled_from("abc"),
    st.integers(0, 5000),
    st.integers(1, 700),
    st.floats(1, 20),
    names,
    st.sampled_from([(), ("S1",), ("S2",)]),
)


@given(counts, effects, names)
def test_a_multiplier_of_1_changes_nothing(
    ordinary: Volumes, drawn: PromotionEffect, shape: str
) -> None:
    same = drawn.model_copy(update={"multipliers": {"pre-sale": 1.0}, "shape": shape})
    assert np.array_equal(promote(ordinary, [same], SHAPES).values, ordinary.values)


@given(counts, effects)
def test_every_shape_keeps_the_total(ordinary: Volumes, drawn: PromotionEffect) -> None:
    start, end = ordinary.minutes_to(drawn.start), ordinary.minutes_to(drawn.end)
    inside = overlap(start, end, 96, 60) / 60
    (addition,) = promote(ordinary, [drawn], SHAPES).additions
    for row, (store, skill) in enumerate(QUEUES):
        reached = skill == "pre-sale" and (not drawn.stores or store in drawn.stores)
        lift = drawn.multipliers["pre-sale"] - 1 if reached else 0
        total = lift * float(ordinary.values[row] @ inside)
        assert addition.values[row].sum() == pytest.approx(total)
        assert np.all(addition.values[row][inside == 0] == 0)
        assert np.all(addition.values[row] >= 0)


@given(counts, st.lists(effects, min_size=1, max_size=4, unique_by=lambda e: e.block))
def test_overlapping_effects_add_up(ordinary: Volumes, drawn: list[PromotionEffect]) -> None:
    together = promote(ordinary, drawn, SHAPES)
    alone = [promote(ordinary, [one], SHAPES).values - ordinary.values for one in drawn]
    assert np.allclose(together.values, ordinary.values + sum(alone))
    parts = sum(addition.values for addition in together.additions)
    assert np.allclose(together.values, ordinary.values + parts)


@given(counts, st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_reductions_never_take_more_than_there_is(ordinary: Volumes, lifts: list[float]) -> None:
    taking = [effect(wave=str(i), multipliers={"pre-sale": m}) for i, m in enumerate(lifts)]
    made = promote(ordinary, taking, SHAPES)
    assert np.all(made.values >= 0)
    parts = sum(addition.values for addition in made.additions)
    assert np.allclose(made.values, ordinary.values + parts)


@given(st.sampled_from([15, 30, 60]), effects)
def test_finer_intervals_hold_the_same_inquiries(minutes: int, drawn: PromotionEffect) -> None:
    coarse = promote(volumes(), [drawn], SHAPES).values
    parts = 60 // minutes
    fine = promote(volumes(np.ones((3, 96 * parts)) / parts, minutes), [drawn], SHAPES).values
    assert np.allclose(fine.sum(axis=1), coarse.sum(axis=1))


def test_an_interval_that_a_wave_cuts_gets_its_minutes_only() -> None:
    made = promote(volumes(), [effect(20.25, 21.5)], SHAPES)
    expected = np.ones(96)
    expected[20] += 2 * 0.75
    expected[21] += 2 * 0.5
    assert np.allclose(made.values[1], expected)
    assert np.array_equal(made.values[0], np.ones(96))  # after-sale is not named


def test_a_midnight_opening_fills_hours_in_which_little_is_ordinary() -> None:
    values = np.ones((3, 96))
    values[:, 24:30] = 0
    made = promote(volumes(values), [effect(24, 48, shape="midnight-opening")], SHAPES)
    first = made.values[1, 24:32]
    assert first[0] == pytest.approx(2 * 18 * OPENINGS["midnight-opening"][0])
    assert first[0] > first[1] > first[2]


def test_rising_and_falling_lie_mirrored_about_the_middle() -> None:
    rising = promote(volumes(), [effect(0, 48, shape="rising")], SHAPES).values[1, :48]
    fading = promote(volumes(), [effect(0, 48, shape="fading")], SHAPES).values[1, :48]
    assert np.all(np.diff(rising) > 0)
    assert np.allclose(rising, fading[::-1])
    assert rising[-1] == pytest.approx(1 + 2 * 2, abs=0.1)  # twice the mean lift at its height


def test_hours_beyond_the_end_give_their_share_back() -> None:
    shares = interval_shares(
        np.ones((1, 24)), 22 * 60, 23 * 60 + 30, 60, "o", {"o": (0.5, 0.3, 0.2)}
    )
    assert shares[0, 22] == pytest.approx(0.5 + (1 - 0.65) * 2 / 3)
    assert shares[0, 23] == pytest.approx(0.15 + (1 - 0.65) / 3)
    assert shares.sum() == pytest.approx(1)


def test_an_own_table_replaces_an_opening() -> None:
    points = [ShapePoint(shape="evening-opening", hour=1, share=1)]
    made = promote(volumes(), [effect(20, 24, shape="evening-opening")], collect_shapes(points))
    assert np.allclose(made.values[1, 20:24], [1, 9, 1, 1])


def test_a_row_that_names_a_store_beats_one_that_does_not() -> None:
    rows = [effect(), effect(stores=("S2",), multipliers={"pre-sale": 5})]
    made = promote(volumes(), rows, SHAPES).values
    assert made[1, 20] == pytest.approx(3)
    assert made[2, 20] == pytest.approx(5)


def test_a_wave_that_starts_before_the_known_days_keeps_its_hours() -> None:
    early = effect(-24, 24, shape="evening-opening")
    made = promote(volumes(), [early], SHAPES)
    whole = promote(volumes().widened(MONDAY - timedelta(days=1), MONDAY), [early], SHAPES)
    assert np.allclose(made.values, whole.values[:, 24:])
    assert made.values[1, 0] < 1 + 2 * 48 * 0.05  # the rush of the opening was the day before


def test_unknown_days_are_like_their_weekday() -> None:
    ordinary = collect_volumes(
        [
            ForecastCell(
                date=MONDAY + timedelta(days=d), start=0, store="S", skill="k", inquiries=d + 1
            )
            for d in range(7)
        ],
        60,
    )
    wide = ordinary.widened(MONDAY - timedelta(days=2), MONDAY + timedelta(days=8))
    assert wide.values[0, ::24].tolist() == [6, 7, 1, 2, 3, 4, 5, 6, 7, 1, 2]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"start": 3, "end": 3}, "not after the start"),
        ({"multipliers": {}}, "at least 1 item"),
        ({"multipliers": {"pre-sale": -1}}, "greater than or equal"),
        ({"multipliers": {"pre-sale": 0.5}, "shape": "rising"}, "below 1"),
        ({"phase": "before"}, "lead-in"),
    ],
)
def test_effects_that_make_no_sense_are_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        effect(**fields)


def problems(*rows: PromotionEffect) -> list[str]:
    return [str(fault) for fault in effect_faults(rows, volumes(), SHAPES)]


def test_a_calendar_is_judged_as_a_whole() -> None:
    assert problems(effect(), effect(phase="lead-in", start=10, end=20)) == []
    assert "did you mean 'S1'" in problems(effect(stores=("S11",)))[0]
    assert "did you mean 'pre-sale'" in problems(effect(multipliers={"presale": 2}))[0]
    assert "did you mean 'rising'" in problems(effect(shape="risin"))[0]
    assert "ends after its event" in problems(effect(), effect(0, 21, phase="lead-in"))[0]
    assert "before its event" in problems(effect(), effect(19, 22, phase="aftermath"))[0]
    assert "has a multiplier" in problems(effect(), effect())[0]
    assert problems(effect(stores=("S1",)), effect(stores=("S2",))) == []
    assert "in store S1" in problems(effect(stores=("S1",)), effect(stores=("S1", "S2")))[0]


def test_own_shapes_are_judged() -> None:
    def of(*points: tuple[str, int, float]) -> list[str]:
        rows = [ShapePoint(shape=shape, hour=hour, share=share) for shape, hour, share in points]
        return [fault.problem for fault in shape_faults(rows)]

    assert of(("a", 0, 0.5), ("a", 1, 0.5), ("b", 0, 1)) == []
    assert of(("a", 0, 0.6), ("a", 1, 0.6), ("a", 2, 0.1)) == [
        "the shares of 'a' add up to more than 1"
    ]
    assert of(("a", 0, 0.1), ("a", 0, 0.1)) == ["duplicate hour"]
    assert of(("fading", 0, 0.1)) == ["the name is taken"]


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("opening", [0, 30, 1200])
def test_templates_are_sound_calendars(name: str, opening: int) -> None:
    rows = TEMPLATES[name](2026, Figures(opening=opening))
    assert problems(*rows) == []
    assert {row.phase for row in rows} == {"lead-in", "event", "aftermath"}
    flat = TEMPLATES[name](2026, Figures(opening=opening, peak=1))
    assert all(set(row.multipliers.values()) == {1} for row in flat)


def test_double_11_opens_when_it_is_told_to() -> None:
    payment, others = [e for e in double_11(2026) if (e.wave, e.phase) == ("payment-2", "event")]
    assert others.shape == "ordinary"
    assert payment.start == datetime(2026, 11, 10, 20)
    assert payment.end == datetime(2026, 11, 12)
    assert payment.shape == "evening-opening"
    early = double_11(2021, Figures(opening=30))
    payment, rest, _ = [e for e in early if (e.wave, e.phase) == ("payment-1", "event")]
    assert rest.start == datetime(2021, 11, 2)
    assert payment.start == datetime(2021, 11, 1, 0, 30)
    assert payment.shape == "midnight-opening"


def test_effects_that_never_end_and_dates_that_are_wrong_are_rejected() -> None:
    with pytest.raises(ValidationError, match="366 days"):
        effect(end=24 * 367)
    # Two thousand years before the forecast: nothing is added, and nothing in between is held.
    past = effect(start=-24 * 700_000, end=-24 * 700_000 + 5)
    assert np.array_equal(promote(volumes(), [past], SHAPES).values, volumes().values)
    cells = [
        ForecastCell(date=day, start=0, store="S1", skill="pre-sale", inquiries=1)
        for day in (date(1, 1, 1), MONDAY)
    ]
    with pytest.raises(InputError, match="more than ten years"):
        collect_volumes(cells, 60)


def test_more_inquiries_than_a_forecast_holds_are_a_fault() -> None:
    busy = volumes(np.full((3, 96), 1e8))
    with pytest.raises(InputError, match=r"pre-sale in S1 gets .* more than 1e\+09"):
        promote(busy, [effect(multipliers={"pre-sale": 1000})], SHAPES)
