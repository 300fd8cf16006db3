"""Configurations: what they say, and every mistake in them with its line."""

import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_readings import START, batch
from turnout.errors import UsageError
from turnout.jobs.monitor._types import Severity
from turnout.jobs.monitor.config import ConfigError, Payload, example, load_config, parse_config, reader_of
from turnout.jobs.monitor.config._lines import lines_of
from turnout.jobs.monitor.config._values import TimeUnit, Unit
from turnout.jobs.monitor.notices import Silence, Watch, Which
from turnout.jobs.monitor.reactions import (
    CommandReaction,
    CoolingReaction,
    Match,
    MqttReaction,
    Patience,
    PidTuning,
    StepTuning,
    WebhookReaction,
)
from turnout.jobs.monitor.rules import Engine, Limits, Missing, Rate, Threshold, Where, ZoneRule

SECOND = 10**9
HALL = "[layout]\nracks = 20\nzones = 4\nrooms = 2\n"


def _mistakes(text: str, folder: Path = Path()) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, folder=folder, environment={})
    return str(caught.value).replace("monitor.toml:", "").splitlines()


def test_the_example_has_no_mistakes_and_every_kind_of_rule() -> None:
    config = parse_config(example())

    kinds = {type(rule).__name__ for rule in config.rules}
    assert kinds == {"Threshold", "ZoneRule", "Rate", "Missing", "Deviation", "Stuck"}
    assert len(config.layout) == 400
    assert [type(reaction) for reaction in config.reactions] == [CoolingReaction, MqttReaction]


def test_what_is_commented_out_in_the_example_has_no_mistakes_either(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    lines = [
        line.removeprefix("# ")
        for line in example().splitlines()
        if not line.startswith("#") or " = " in line or line.startswith("# [")
    ]

    config = parse_config("\n".join(lines), folder=tmp_path)

    assert config.mqtt.password == (tmp_path / "password").read_text().strip()
    assert "secret" not in repr(config)
    assert config.mqtt.payload == Payload(value="/value", time="/time")
    assert {type(reaction) for reaction in config.reactions} > {WebhookReaction, CommandReaction}


def test_a_configuration_says_what_it_means(tmp_path: Path) -> None:
    (tmp_path / "racks.csv").write_text("zone,room,rack,x,y\nz1,a,r1,0,0\nz1,a,r2,1,0\nz2,b,r3,0,0\n")
    (tmp_path / "monitor.toml").write_text(
        """
[mqtt]
url = "mqtts://broker.example:8884"
user = "ada"
password_env = "SECRET"
topic = "site/{rack}-x/{sensor}"
[page]
user = "watch"
password_env = "SECRET"
[readings]
interval = "500 ms"
[layout]
file = "racks.csv"
sensors = ["inlet", "outlet"]
[[rule]]
name = "warm"
below = 15.5
clear = 16
for = "1.5 min"
severity = "info"
zones = "z*"
sensors = "outlet"
[[rule]]
name = "fall"
kind = "rate"
below = -20
window = "10 min"
[[rule]]
name = "gone"
kind = "missing"
[[rule]]
name = "top"
kind = "zone"
of = "percentile"
percentile = 99.5
above = 30
[[reaction]]
name = "cool"
kind = "cooling"
control = "step"
above = 25
zones = ["z2"]
full_on = "never"
[[reaction]]
name = "page"
kind = "webhook"
url = "https://example.org/x"
severity = "critical"
headers = { Authorization = "Bearer 1" }
rules = ["warm"]
[[silence]]
name = "s"
zones = "z1"
until = 2030-01-01T00:00:00+01:00
"""
    )

    config = load_config(tmp_path / "monitor.toml", {"SECRET": "x"})

    assert (config.mqtt.host, config.mqtt.port, config.mqtt.is_encrypted) == ("broker.example", 8884, True)
    assert (config.mqtt.user, config.mqtt.password) == ("ada", "x")
    assert config.page is not None
    assert (config.page.user, config.page.password) == ("watch", "x")
    assert config.mqtt.topic_filter == "site/+/+"
    assert config.mqtt.topics(config.layout)[b"site/r3-x/outlet"] == config.layout.index_of("r3/outlet")
    assert config.rules == (
        Threshold(
            name="warm",
            limits=Limits(at=15.5, clear=16, is_below=True),
            for_ns=90 * SECOND,
            severity=Severity.INFO,
            where=Where(zones=("z*",), kinds=("outlet",)),
        ),
        Rate(
            name="fall",
            limits=Limits(at=-20, clear=-20, is_below=True),
            window_ns=600 * SECOND,
            step_ns=60 * SECOND,
        ),
        Missing(name="gone", interval_ns=SECOND // 2),
        ZoneRule(
            name="top",
            limits=Limits(at=30, clear=30),
            of=config.rules[3].of,  # type: ignore[attr-defined]  # it is a ZoneRule
            percentile=99.5,
            window_ns=30 * SECOND,
        ),
    )
    cool, page = config.reactions
    assert isinstance(cool, CoolingReaction)
    assert (cool.zones, cool.full_on, cool.tuning) == (("z2",), None, StepTuning(above_c=25))
    assert isinstance(page, WebhookReaction)
    assert page.match == Match(rules=("warm",), at_least=2, changes=("announced", "resolved"))
    assert config.notices.silences == (
        Silence(id="s", which=Which(zones=("z1",)), until_ns=1_893_452_400 * SECOND, by="the configuration"),
    )


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    text = f"""[mqtt]
url = "http://broker"
qoss = 1
{HALL}[[rule]]
name = "hot"
above = 27
clear = 28
for = "10"
severity = "bad"
zones = ["z9"]
[[rule]]
name = "hot"
kind = "treshold"
[[rule]]
kind = "zone"
of = "percentile"
percentile = 101
above = "27"
below = 3
colour = "red"
[[inhibit]]
target = {{ rules = ["cold"] }}
[page]
port = true
[grouping]
by = ["zone", "team"]
[[maintenance]]
name = "m"
start = "02:00"
end = 04:00:00
timezone = "Mars/Olympus"
[[reaction]]
name = "r"
kind = "webhook"
url = "ftp://x"
[histroy]
"""

    assert _mistakes(text) == [
        '2: [mqtt] url: \'http://broker\' is not like "mqtt://host:1883", or "mqtts://host:8883" for TLS',
        "3: [mqtt] qoss: there is no such key; do you mean 'qos'?",
        "11: rule 'hot' clear: what is raised above 27 clears at 27 or below, not at 28",
        "12: rule 'hot' for: '10' is not a number and a unit, of ms, s, min, h, d, w, y",
        "13: rule 'hot' severity: there is no 'bad'; known: critical, info, warning",
        "14: rule 'hot' zones: no zone is called 'z9'; known: z1, z2, z3, z4",
        "17: rule 'hot' kind: there is no 'treshold'; do you mean 'threshold'?",
        "18: [[rule]]: name is missing; it is a text",
        "21: [[rule]] percentile: it is above 0 and at most 100, and not 101",
        "22: [[rule]] above: it is a number, and not '27'",
        "23: [[rule]] below: give either above or below, and only one of them",
        "24: [[rule]] colour: there is no such key",
        "25: [[inhibit]] source: say which alarms: some of rules, subjects, zones, rooms, severities, labels",
        "26: [inhibit.target] rules: no rule is called 'cold'; known: hot",
        "28: [page] port: it is a whole number, and not true",
        "30: [grouping] by: there is no 'team'; known: room, rule, subject, zone",
        "33: maintenance 'm' start: it is a time of day such as 02:00:00, without quotes, and not '02:00'",
        "35: maintenance 'm' timezone: no time zone is called 'Mars/Olympus'; they are like Europe/Zurich",
        "39: reaction 'r' url: 'ftp://x' is not like https://example.org/alarms",
        "40: the configuration: histroy: there is no such key; do you mean 'history'?",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = ", "1: this is not TOML: Invalid value"),
        ("[a]\nb = 1\nb = 2\n", "3: this is not TOML: Cannot overwrite a value"),
        ("a = " + "[" * 5000, "1: this is not TOML: it is nested too deeply"),
        ("layout = 3", "1: the configuration: layout: it is a table, and not 3"),
        ("rule = 3\n" + HALL, "1: the configuration: rule: it is a list of tables, each under [[rule]], and not 3"),
        ("", "1: [layout] racks: say where the racks are in one way: racks, zones and rooms as numbers"),
        ("[layout]\nracks = 2\nfile = 'x'", "3: [layout] file: say where the racks are in one way"),
        ("[layout]\nracks = 2\nzones = 3", "2: [layout] racks: 2 racks in 3 zones of 1 room"),
        ("[layout]\nracks = 10_000_000_000", "2: [layout] racks: it is at least 1 and at most 1e+06"),
        ("[layout]\nfile = 'nothing.csv'", "2: [layout] file: 'nothing.csv' cannot be read"),
        ("[mqtt]\nurl = 'mqtt://ada:secret@x'\n" + HALL, "2: [mqtt] url: give user and password_file"),
        ("[mqtt]\nurl = 'mqtt://x:99999'\n" + HALL, "2: [mqtt] url: 'mqtt://x:99999' cannot be read"),
        ("[mqtt]\ntopic = 'a/{sensor}'\n" + HALL, "2: [mqtt] topic: 'a/{sensor}' has no {rack}"),
        ("[mqtt]\ntopic = 'a/{rack.x}'\n" + HALL, "2: [mqtt] topic: in 'a/{rack.x}', what is in braces is one of"),
        ("[mqtt]\ntopic = 'a/{rack'\n" + HALL, "2: [mqtt] topic: in 'a/{rack', what is in braces is one of"),
        ("[mqtt]\ntopic = '#/{rack}'\n" + HALL, "2: [mqtt] topic: '#/{rack}' begins with /, or has + or #"),
        (
            "[mqtt]\ntopic = 'a/{rack}'\n" + HALL + "sensors = ['a', 'b']",
            "2: [mqtt] topic: r01/a and r01/b have the same topic",
        ),
        ("[mqtt]\npassword_env = 'NONE'\n" + HALL, "2: [mqtt] password_env: the environment has no NONE"),
        ("[page]\nuser = 'a'\npassword_env = 'NONE'\n" + HALL, "3: [page] password_env: the environment has no NONE"),
        ("[page]\npassword_env = 'PATH'\n" + HALL, "2: [page] password_env: whose is it? give a user, too"),
        ("[page]\nuser = 'a'\n" + HALL, "2: [page] user: a user proves itself: give password_file or password_env"),
        (
            "[page]\nuser = 'a:b'\npassword_env = 'PATH'\n" + HALL,
            "2: [page] user: 'a:b' is empty or has a colon, which browsers cannot send",
        ),
        ("[mqtt]\nca = 'none.pem'\n" + HALL, "2: [mqtt] ca: there is no file 'none.pem'"),
        ("[mqtt]\nsession = '200 y'\n" + HALL, "2: [mqtt] session: it is longer than a hundred years"),
        ("[mqtt.payload]\nvalue = 'x'\n" + HALL, "2: [mqtt.payload] value: 'x' is no pointer into JSON"),
        ("[mqtt.payload]\ntime = '/x'\n" + HALL, "2: [mqtt.payload] time: where there is a time there is a value"),
        ("[mqtt]\nuser = 3\n" + HALL, "2: [mqtt] user: it is a text, and not 3"),
        (HALL + "[[rule]]\nname = 'a'\nabove = nan", "7: rule 'a' above: it is a finite number, and not nan"),
        (HALL + "[[rule]]\nname = 'a'", "5: rule 'a' above: give either above or below"),
        (HALL + "[[rule]]\nname = ''\nabove = 1", "6: rule '' name: it is empty"),
        (
            HALL + "[[rule]]\nname = 'a'\nabove = 1\nzones = 'z1'\nrooms = 'hall-2'",
            "6: rule 'a' name: no sensor is of all of",
        ),
        (
            HALL + "[[rule]]\nname = 'a'\nabove = 1\nmean = '1 h'\nstep = '1 s'",
            "9: rule 'a' step: the mean has at most 1000 steps, and not 3,600",
        ),
        (
            HALL + "[[rule]]\nname = 'a'\nabove = 1\nmean = '10 s'\nstep = '3 s'",
            "9: rule 'a' step: the mean of 10 s is no whole number of steps",
        ),
        (HALL + "[[rule]]\nname = 'a'\nkind = 'rate'\nabove = -1", "8: rule 'a' above: rising is above a number"),
        (
            HALL + "[[rule]]\nname = 'a'\nkind = 'deviation'\nabove = 1\nclear = 2",
            "9: rule 'a' clear: an alarm that",
        ),
        (HALL + "[[rule]]\nname = 'a'\nkind = 'zone'\nabove = 1\npercentile = 3", "9: rule 'a' percentile: it goes"),
        (HALL + "[[rule]]\nname = 'a'\nkind = 'ashrae'\nclass = 'A5'", "8: rule 'a' class: there is no 'A5'"),
        (HALL + "[[rule]]\nname = 'a'\nkind = 'stuck'\nwindow = '1 s'", "8: rule 'a' window: it is shorter"),
        (HALL + "[flapping]\ntimes = 1", "6: [flapping] times: what is raised once does not flap"),
        (HALL + "[[silence]]\nname = 'a'\nuntil = 2030-01-01T00:00:00", "7: silence 'a' until: it has no offset"),
        (
            HALL + "[[silence]]\nname = 'a'\nfrom = 2031-01-01T00:00:00Z\nuntil = 2030-01-01T00:00:00Z",
            "8: silence 'a' until: it is not after from",
        ),
        (HALL + "[page]\nlow = 40", "5: [page] high: the upper end of the colours, 40, is not above the lower, 40"),
        (HALL + "[recording]\nkeep = '3 apples'", "6: [recording] keep: there is no unit 'apples'; known: B, kB"),
        (
            HALL + "".join(f"[[reaction]]\nname = '{name}'\nkind = 'cooling'\nzones = 'z3'\n" for name in "ab"),
            "12: reaction 'b' zones: zone 'z3' is cooled by 'a' already",
        ),
        (
            HALL + "[[reaction]]\nname = 'a'\nkind = 'cooling'\ntarget = 25\nfull_above = 24",
            "9: reaction 'a' full_above: 24 is not above 25, which is to be held: all cooling is full",
        ),
        (
            HALL + "[[reaction]]\nname = 'a'\nkind = 'cooling'\nlow = 0.9\nhigh = 0.5",
            "8: reaction 'a' low: the lowest level 0.9 is above the highest, 0.5",
        ),
        (HALL + "[[reaction]]\nname = 'a'\nkind = 'command'", "5: reaction 'a' command: give the program"),
        (
            HALL + "[[reaction]]\nname = 'a'\nkind = 'mqtt'\ntopic = 'x/{colour}'",
            "8: reaction 'a' topic: in 'x/{colour}', what is in braces is one of",
        ),
        (
            HALL + "[[reaction]]\nname = 'a'\nkind = 'webhook'\nurl = 'http://x'\nheaders = { 'a b' = '1' }",
            "9: reaction 'a' headers: 'a b' is no name of a field",
        ),
        (HALL + "[[reaction]]\nname = 'a'\nkind = 'mqtt'\nrules = '*'", "8: reaction 'a' rules: no rule is called"),
    ],
)
def test_a_mistake_is_told_where_it_stands(text: str, said: str) -> None:
    assert any(line.startswith(said) for line in _mistakes(text)), _mistakes(text)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("room,zone,rack,x\n", "has no column y"),
        ("room,zone,rack,x,y\na,z,r,1,-1\n", "racks.csv:2: y is a whole number from 0, and not '-1'"),
        ("room,zone,rack,x,y\na,z,r,1,1\na,z,q,1,1\n", "racks 'r' and 'q' stand in one place"),
        ("room,zone,rack,x,y\na,z,r,1,1\na,z,r,2,1\n", "two sensors are called 'r/inlet'"),
        ("room,zone,rack,x,y\na,z,r,1,1\nb,z,q,2,1\n", "zone 'z' lies in rooms 'a' and 'b'"),
        ("room,zone,rack,x,y\na,z/1,r,1,1\n", "'z/1' cannot be a name"),
        ("room,zone,rack,x,y\na,z\n", "x is a whole number"),
        ("room,zone,rack,x,y\n", "there are no racks"),
    ],
)
def test_a_mistake_in_the_list_of_racks_is_told(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "racks.csv").write_text(rows)

    told = _mistakes("[layout]\nfile = 'racks.csv'\n", tmp_path)

    assert len(told) == 1
    assert told[0].startswith("2: [layout] file: ")
    assert said in told[0]


def test_racks_can_be_written_out() -> None:
    racks = [f"[[layout.rack]]\nroom = 'a'\nzone = 'z'\nrack = 'r{x}'\nx = {x}\ny = 0\n" for x in range(3)]

    layout = parse_config("".join(racks)).layout

    assert [(sensor.name, sensor.x) for sensor in layout] == [("r0/inlet", 0), ("r1/inlet", 1), ("r2/inlet", 2)]
    assert _mistakes("".join([*racks, "colour = 'red'\n"])) == [
        "19: [[rack]] colour: there is no such key; known: rack, room, x, y, zone"
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")

    for name in ("nothing.toml", "binary.toml", "."):
        with pytest.raises(UsageError, match="cannot be read"):
            load_config(tmp_path / name)


_WORDS = st.sampled_from(["a", "b-c", '"x y"', "'#'", '"é\\""'])
_VALUES = st.sampled_from(
    [
        "1",
        '"[not a table]"',
        "'''\nx = 1\n[y]\n'''",
        '"""\n\\"""\n"x"\n"""',
        "[\n  1, # ]\n  2\n]",
        "{ a = [1] }",
        "2026-01-01",
    ]
)


@given(
    entries=st.lists(st.tuples(st.sampled_from(["key", "table", "tables", "comment"]), _WORDS, _VALUES), max_size=15)
)
def test_keys_are_found_on_their_lines_whatever_stands_around_them(entries: list[tuple[str, str, str]]) -> None:
    text, expected = "", set[tuple[str, int]]()
    for number, (kind, word, value) in enumerate(entries):
        line = text.count("\n") + 1
        if kind == "comment":
            text += f"  # {value!r} [x]\n\n"
        elif kind == "key":
            text += f"  k{number} . {word} = {value} # = \n"
            expected.add((f"k{number}", line))
        else:
            header = f"[t{number}.{word}]" if kind == "table" else f"[[t{number}.{word}]]"
            text += f"{header}\n"
            expected.add((f"t{number}", line))

    tomllib.loads(text)
    lines = lines_of(text)

    assert expected <= {(str(part), line) for path, line in lines.items() for part in path}


def test_a_key_of_the_second_of_several_tables_is_on_its_own_line() -> None:
    text = "x = 1\r\n[[a]]\nb = 1\n[a.c]\nd.e = '''\n\n'''\n[[a]]\nb = 2\n[a.c]\nd = 3\n".replace("\r\n", "\n")

    lines = lines_of(text)

    assert (lines["a", 0, "b"], lines["a", 0, "c", "d", "e"], lines["a", 1, "b"], lines["a", 1, "c", "d"]) == (
        3,
        5,
        9,
        11,
    )


_UNITS: tuple[TimeUnit, ...] = ("ms", "ns", "iso")
_TIMED = {unit: Payload(value="/v", time="/t", time_unit=unit) for unit in _UNITS}


@pytest.mark.parametrize(
    ("payload", "body", "value", "time_ns"),
    [
        (_TIMED["ms"], b'{"v": 1, "t": 1700000000123}', 1.0, 1_700_000_000_123_000_000),
        (_TIMED["ns"], b'{"v": 1, "t": 1700000000123456789}', 1.0, 1_700_000_000_123_456_789),
        (_TIMED["iso"], b'{"v": 1, "t": "1970-01-01T01:00:01.5+01:00"}', 1.0, 1_500_000_000),
        (_TIMED["iso"], b'{"v": 1, "t": "1970-01-01T00:00:01Z"}', 1.0, 1_000_000_000),
        (Payload(unit="F"), b"80.6", 27.0, None),
        (Payload(unit="K"), b" 300.15 ", 27.0, None),
        (Payload(value="/v"), b'{"v": "21.5", "x": 1}', 21.5, None),
        (Payload(value="/a/0/b~1c", time="/t"), b'{"a": [{"b/c": 2}], "t": 1.5}', 2.0, 1_500_000_000),
    ],
)
def test_payloads_are_read_as_they_are_described(
    payload: Payload, body: bytes, value: float, time_ns: int | None
) -> None:
    read = reader_of(payload)

    assert read is not None
    found, found_ns = read(body)
    assert found == pytest.approx(value)
    assert found_ns == time_ns


def test_plain_numbers_in_celsius_need_nobody_to_read_them() -> None:
    assert reader_of(Payload()) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"21.5",
        b"null",
        b"[]",
        b"[" * 100_000,
        b'{"v": 1}',
        b'{"t": 1}',
        b'{"v": null, "t": 1}',
        b'{"v": true, "t": 1}',
        b'{"v": "1_0", "t": 1}',
        b'{"v": "hot", "t": 1}',
        b'{"v": NaN, "t": 1}',
        b'{"v": 1e999, "t": 1}',
        b'{"v": 1' + b"0" * 400 + b', "t": 1}',
        b'{"v": 1, "t": "soon"}',
        b'{"v": 1, "t": -1}',
        b'{"v": 1, "t": 1e300}',
        b'{"v": 1, "t": [1]}',
        b"\xff\xfe",
    ],
)
def test_a_payload_that_is_not_as_described_is_refused_with_a_reason(body: bytes) -> None:
    read = reader_of(Payload(value="/v", time="/t"))
    assert read is not None

    with pytest.raises(ValueError, match=r"payload|/v|time"):
        read(body)


@pytest.mark.parametrize(
    "text",
    [
        HALL + "[[rule]]\nname = 'a'\nabove = nan\nclear = 30",
        HALL + "[[rule]]\nname = 'a'\nabove = 5\nclear = '30'",
        "[layout]\nracks = -1\nzones = 8",
    ],
)
def test_one_mistake_is_told_once(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text)

    assert len(caught.value.mistakes) == 1


@pytest.mark.parametrize(("unit", "body"), [("C", b'{"v": -274}'), ("F", b'{"v": "-500"}'), ("K", b'{"v": -0.1}')])
def test_no_payload_is_colder_than_anything_can_be(unit: Unit, body: bytes) -> None:
    read = reader_of(Payload(value="/v", unit=unit))
    assert read is not None

    with pytest.raises(ValueError, match="lower than any temperature"):
        read(body)


def test_time_zones_are_taken_by_their_names() -> None:
    text = (
        HALL
        + "[[maintenance]]\nname = 'a'\ndays = ['mon']\nstart = 01:00:00\nend = 02:00:00\ntimezone = 'Europe/Zurich'"
    )

    assert parse_config(text).notices.maintenance[0].zone == ZoneInfo("Europe/Zurich")


def test_a_class_of_ashrae_is_two_rules_or_four() -> None:
    text = HALL + "[[rule]]\nname = 'air'\nkind = 'ashrae'\nclass = 'A2'\nhysteresis = 2\nrate = 'tape'\nmean = '30 s'"

    rules = parse_config(text).rules

    assert [rule.name for rule in rules] == ["air-high", "air-low", "air-rising", "air-falling"]
    assert [rule.limits for rule in rules if isinstance(rule, Threshold | Rate)] == [
        Limits(at=35, clear=33),
        Limits(at=10, clear=12, is_below=True),
        Limits(at=5, clear=3.75),
        Limits(at=-5, clear=-3.75, is_below=True),
    ]


def test_a_reaction_is_told_how_patient_it_is(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-")
    text = (
        HALL
        + """
[[reaction]]
name = "a"
kind = "webhook"
url = "https://[::1]:8443/x"
ca = "ca.pem"
tries = 3
first_wait = "500 ms"
longest_wait = "1 min"
timeout = "3 s"
on = "raised"
[[reaction]]
name = "b"
kind = "cooling"
measure = "percentile"
percentile = 80
target = 21.5
derivative = "0 s"
"""
    )

    webhook, cooling = parse_config(text, folder=tmp_path).reactions

    assert isinstance(webhook, WebhookReaction)
    assert webhook.patience == Patience(first_s=0.5, longest_s=60, tries=3, timeout_s=3)
    assert (webhook.authorities, webhook.match.changes) == (str(tmp_path / "ca.pem"), ("raised",))
    assert isinstance(cooling, CoolingReaction)
    assert (cooling.measure, cooling.percentile) == ("percentile", 80)
    assert cooling.tuning == PidTuning(target_c=21.5, derivative_s=0)


@pytest.mark.parametrize("zone", ["z1", "z2"])
def test_a_configuration_makes_rules_that_find_what_they_say(zone: str) -> None:
    text = HALL + f"[[rule]]\nname = 'hot'\nabove = 30\nzones = '{zone}'\nseverity = 'critical'"
    config = parse_config(text)
    watch = Watch(Engine(config.layout, config.rules, lateness_ns=config.lateness_ns), config.notices)

    told = [(index, 31.0, 0) for index in range(len(config.layout))]
    changes = watch.feed(batch(told), START)

    assert {change.alarm.zone for change in changes} == {zone}
    assert len(changes) == 5
