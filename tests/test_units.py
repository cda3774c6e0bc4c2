from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snaptui.errors import InvalidInputError
from snaptui.units import (
    format_age,
    format_duration,
    format_moment,
    format_size,
    format_time,
    iso_time,
    log_line,
    parse_duration,
    parse_iso_time,
    parse_size,
    tell_times_in,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KiB"),
        (1024, "1.0 KiB"),
        (84 * 1024**2, "84 MiB"),
        (1181116006, "1.1 GiB"),
        (1023.7 * 1024, "1.0 MiB"),
        (20 * 1024**3, "20 GiB"),
        (5 * 1024**4, "5.0 TiB"),
    ],
)
def test_sizes_are_shown(size: float, text: str) -> None:
    assert format_size(size) == text


@given(st.integers(0, 2**63))
def test_a_size_is_never_wider_than_eight_characters(size: int) -> None:
    assert len(format_size(size)) <= 8


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4096", 4096),
        ("10G", 10 * 1024**3),
        ("10 GiB", 10 * 1024**3),
        ("1.5TiB", 3 * 1024**4 // 2),
        ("512mib", 512 * 1024**2),
        ("7B", 7),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "ten", "-5", "10GB", "1e9", "5XiB", "0x10", "inf", "9" * 5000, "9" * 400 + ".5E"]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_size(text)


@pytest.mark.parametrize(
    ("seconds", "text", "short"),
    [
        (2, "just now", "2s"),
        (59, "59 s ago", "59s"),
        (60, "1 min ago", "1m"),
        (3 * 3600 + 5, "3 h ago", "3h"),
        (2 * 86400, "2 d ago", "2d"),
        (800 * 86400, "2 y ago", "2y"),
        (-50, "just now", "0s"),
    ],
)
def test_ages(seconds: int, text: str, short: str) -> None:
    moment = NOW - timedelta(seconds=seconds)
    assert format_age(moment, NOW) == text
    assert format_age(moment, NOW, short=True) == short


def test_no_moment_has_no_age() -> None:
    assert format_age(None) == "-"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("5 min", 300),
        (" 3H ", 10800),
        ("1.5d", 129600),
        ("2w", 1209600),
        ("1y", 31536000),
    ],
)
def test_durations_that_people_write(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "7", "d", "-1d", "7 days", "1e3s", "1_0s", "٣d", "9999999999d"]
)
def test_no_duration(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_duration(text)


def test_durations() -> None:
    assert [format_duration(seconds) for seconds in (0, 59.4, 200, 7500)] == [
        "0 s",
        "59 s",
        "3 min 20 s",
        "2 h 05 min",
    ]


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_survive_and_sort_as_text(moment: datetime) -> None:
    assert parse_iso_time(iso_time(moment)) == moment
    assert iso_time(moment).endswith("Z")


def test_moments_are_short_and_in_the_users_zone() -> None:
    now = datetime(2026, 4, 12, 14, 2, 7, tzinfo=UTC)
    tell_times_in(ZoneInfo("Asia/Tokyo"))
    try:
        assert format_time(now) == "2026-04-12 23:02:07 JST"
        assert format_moment(now, now) == "23:02:07"
        assert format_moment(now, now + timedelta(hours=1)) == "04-12 23:02"
        assert format_moment(now, now + timedelta(days=365)) == "2026-04-12"
        assert format_moment(None) == "-"
    finally:
        tell_times_in(None)


def test_the_time_of_a_line_in_a_log_is_the_users() -> None:
    try:
        tell_times_in(ZoneInfo("Asia/Tokyo"))
        line = "2026-11-25T20:14:02.123456Z failed it broke"
        assert log_line(line) == "2026-11-26 05:14:02 JST failed it broke"
        assert log_line("2026-11-25T20:14:02Z") == "2026-11-26 05:14:02 JST"
    finally:
        tell_times_in(None)
    for other in ("", "Traceback", " 2026-11-25T20:14:02Z x", "2026-13-25T20:14:02Z x", "2026-11"):
        assert log_line(other) == other
