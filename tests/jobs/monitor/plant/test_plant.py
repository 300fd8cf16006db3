"""Heat in the plant: where it comes from, where it goes, and what faults do to it."""

import numpy as np
import pytest

from turnout.errors import UsageError
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Layout, Sensor
from turnout.jobs.monitor.plant import Fault, Physics, Plant, make_fault

HOUR_S = 3600.0
LAYOUT = grid(racks=60, zones=3)
STEADY = Physics(daily_share=1e-9, walk_share=1e-9, noise_c=1e-9, step_c=1e-6)
FIRST = LAYOUT.sensors[0].name


def plant(*faults: Fault, physics: Physics = STEADY, level: float | None = None, seed: int = 1) -> Plant:
    made = Plant(LAYOUT, physics=physics, seed=seed, faults=faults)
    if level is not None:
        for zone in range(len(LAYOUT.zones)):
            made.set_level(zone, level)
    return made


def mean_c(made: Plant, zone: int) -> float:
    return float(made.air_c[made.places.zone_of_rack == zone].mean())


def hour_of(made: Plant) -> list[list[float]]:
    said = []
    for _ in range(6):
        made.advance(600.0)
        said.append([float(value) for value in made.read()])
    return said


def test_no_heat_is_lost_or_made() -> None:
    faults = (
        make_fault("fan", "z1", start_s=600, duration_s=1200),
        make_fault("spike", "z2", start_s=900, duration_s=600),
    )
    made = plant(*faults, physics=Physics())
    before_j = made.stored_j()

    for level in (0.6, 1.0, 0.0, 0.3):
        made.set_level(0, level)
        made.advance(HOUR_S)

    kept_j = made.stored_j() - before_j
    assert made.heat_in_j - made.heat_out_j == pytest.approx(kept_j, abs=1e-9 * made.heat_in_j)
    assert made.heat_in_j > 0


def test_in_the_long_run_the_water_takes_what_the_equipment_gives() -> None:
    made = plant(level=0.6)
    made.advance(4 * HOUR_S)
    begun = (made.heat_in_j, made.heat_out_j)

    made.advance(HOUR_S)

    assert made.heat_out_j - begun[1] == pytest.approx(made.heat_in_j - begun[0], rel=1e-5)


def test_a_steady_zone_is_as_warm_as_its_heat_balance_says() -> None:
    made = plant(level=0.5)
    watts = float(made._loads.average_w.mean())

    made.advance(4 * HOUR_S)

    coil_c = STEADY.water_c + watts / STEADY.coil_w_per_k
    flow = 0.5 * STEADY.airflow_w_per_k * watts / STEADY.load_w
    assert float(made.air_c.mean()) == pytest.approx(coil_c + watts / flow, abs=0.05)


def test_the_longest_step_is_stable_and_agrees_with_short_ones() -> None:
    coarse, fine = plant(level=1.0), plant(level=1.0)
    assert 1 < coarse.physics.stable_step_s < 30

    coarse.advance(HOUR_S)
    for _ in range(3600):
        fine.advance(1.0)

    assert np.abs(coarse.air_c - fine.air_c).max() < 0.02


def test_more_cooling_makes_a_zone_cooler_and_its_neighbour_a_little() -> None:
    usual, cooled = plant(level=0.5), plant(level=0.5)
    cooled.set_level(0, 1.0)

    usual.advance(HOUR_S)
    cooled.advance(HOUR_S)

    fall = [mean_c(usual, zone) - mean_c(cooled, zone) for zone in (0, 1)]
    assert fall[0] > 3
    assert 0.05 < fall[1] < 1


def test_fans_come_near_their_speed_within_their_lag() -> None:
    made = plant(level=0.5)
    made.advance(HOUR_S)

    made.set_level(0, 1.0)
    for _ in range(20):
        made.advance(1.0)

    assert made.airflow[0] == pytest.approx(0.5 + 0.5 * (1 - np.exp(-1)), abs=0.01)


def test_a_unit_takes_out_no_more_than_it_can() -> None:
    weak = Physics(unit_w=2_000.0)
    made = Plant(LAYOUT, physics=weak, seed=1)
    made.advance(HOUR_S)
    begun_j = made.heat_out_j

    made.advance(60.0)

    assert made.heat_out_j - begun_j == pytest.approx(2_000.0 * 60 * 60.0, rel=1e-6)


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    usual = Physics()

    first, second, other = (hour_of(plant(physics=usual, seed=seed)) for seed in (1, 1, 2))

    assert first == second
    assert first != other


def test_loads_follow_the_hour_whatever_the_cooling_does() -> None:
    warm, cool = plant(physics=Physics(), level=0.4), plant(physics=Physics(), level=1.0)

    for made in (warm, cool):
        made.advance(6 * HOUR_S)

    assert warm.heat_in_j == cool.heat_in_j
    assert mean_c(warm, 0) > mean_c(cool, 0) + 3


def test_a_fan_failure_warms_its_zone_until_it_is_over() -> None:
    made = plant(make_fault("fan", "z1", start_s=HOUR_S, duration_s=HOUR_S, size=0.5), level=0.6)

    made.advance(HOUR_S)
    before = mean_c(made, 0)
    made.advance(HOUR_S)
    during = mean_c(made, 0)
    made.advance(2 * HOUR_S)

    assert during > before + 5
    assert mean_c(made, 0) == pytest.approx(before, abs=0.2)


def test_a_heat_spike_can_be_of_one_rack() -> None:
    made = plant(make_fault("spike", FIRST, start_s=HOUR_S, size=3_000.0), level=0.6)
    made.advance(HOUR_S)
    before = made.air_c.copy()

    made.advance(HOUR_S)

    assert np.argmax(made.air_c - before) == 0
    assert made.air_c[0] - before[0] > 2


def test_a_stuck_sensor_says_the_same_while_its_air_changes() -> None:
    made = plant(make_fault("stuck", FIRST, start_s=60.0, duration_s=600.0), physics=Physics())
    made.advance(61.0)
    held = made.read()[0]

    made.set_level(0, 0.1)
    said = []
    for _ in range(3):
        made.advance(60.0)
        said.append(made.read()[0])
    made.advance(600.0)

    assert said == [held] * 3
    assert made.read()[0] > held + 1


def test_a_drifting_sensor_goes_away_from_its_air() -> None:
    made = plant(make_fault("drift", FIRST, start_s=0.0, size=6.0), level=0.6)

    made.advance(HOUR_S / 2)

    assert made.read()[0] - made.air_c[0] == pytest.approx(3.0, abs=1e-3)


def test_a_lost_sensor_says_nothing_and_comes_back() -> None:
    made = plant(make_fault("lost", FIRST, start_s=10.0, duration_s=10.0))

    said = []
    for _ in range(5):
        made.advance(5.0)
        said.append(bool(np.isnan(made.read()[0])))

    assert said == [False, True, True, False, False]


def test_readings_are_multiples_of_a_sensors_step() -> None:
    made = plant(physics=Physics(step_c=0.5))
    made.advance(60.0)

    said = made.read()

    assert np.array_equal(said * 2, np.round(said * 2))


def test_sensors_behind_a_rack_are_warmer() -> None:
    layout = grid(racks=4, zones=1, kinds=("inlet", "outlet"))
    made = Plant(layout, physics=STEADY)

    made.advance(HOUR_S)

    said = made.read()
    assert len(made.air_c) == 4
    assert (said[1::2] > said[0::2] + 5).all()


def test_racks_without_neighbours_and_shared_places_are_legal() -> None:
    layout = Layout(
        tuple(Sensor(name=name, rack=name, zone=name, room="hall", x=0, y=0) for name in ("one", "other")),
    )
    made = Plant(layout, physics=STEADY)

    made.advance(60.0)

    assert np.isfinite(made.read()).all()


def test_faults_are_cleared_by_place_or_all_at_once() -> None:
    made = plant(make_fault("lost", FIRST), make_fault("fan", "z1"))
    made.inject(make_fault("spike", "z2"))

    counts = (made.clear("z1"), made.clear("z9"), len(made.faults), made.clear(), len(made.faults))

    assert counts == (1, 0, 2, 2, 0)


@pytest.mark.parametrize(
    ("kind", "place", "words"),
    [
        ("fan", "z9", "there is no zone 'z9'"),
        ("lost", "z1", "there is no sensor 'z1'"),
        ("spike", "nowhere", "there is no zone or sensor 'nowhere'"),
    ],
)
def test_a_fault_needs_a_place_of_its_kind(kind: str, place: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        plant(make_fault(kind, place))


@pytest.mark.parametrize("level", [float("nan"), float("inf")])
def test_a_level_is_a_number(level: float) -> None:
    with pytest.raises(ValueError, match="level from 0 to 1"):
        plant().set_level(0, level)


def test_levels_beyond_the_ends_are_taken_as_the_ends() -> None:
    made = plant()

    made.set_level(0, 7.0)
    made.set_level(1, -7.0)

    assert list(made.levels[:2]) == [1.0, 0.0]


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_constants_are_above_zero(value: float) -> None:
    with pytest.raises(ValueError, match="air_j_per_k"):
        Physics(air_j_per_k=value)
