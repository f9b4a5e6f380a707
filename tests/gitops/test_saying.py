"""What is said back to a run: annotations, outputs, the summary, and texts within limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.gitops.github.annotations import Annotation, Level, line, lines
from reconciler.gitops.github.files import add_outputs, add_summary
from reconciler.gitops.github.limits import SUMMARY, fitted, octets, shortened, units
from reconciler.model.errors import InvalidInput

HOSTILE = "50%\r\n::set-output name=x::y, a:b"


def error(n: int, level: Level = Level.ERROR) -> Annotation:
    return Annotation(level=level, title="R01", text=f"number {n}", file="org.yaml", line=n)


def test_an_annotation_names_its_place() -> None:
    assert line(Annotation(level=Level.WARNING, title="R21", text="a lower role", file="a/b.yaml",
                           line=3, column=5)) == (
        "::warning file=a/b.yaml,line=3,col=5,title=R21::a lower role")


def test_an_annotation_without_a_place_has_none() -> None:
    said = line(Annotation(level=Level.ERROR, title="L01", text="too many", line=7))
    assert said == "::error title=L01::too many"


def test_no_text_ends_an_annotation_or_begins_another_command() -> None:
    said = line(Annotation(level=Level.ERROR, title=HOSTILE, text=HOSTILE, file=HOSTILE))
    assert len(said.splitlines()) == 1
    inside = "50%25%0D%0A%3A%3Aset-output name=x%3A%3Ay%2C a%3Ab"
    assert said == (f"::error file={inside},title={inside}::"
                    "50%25%0D%0A::set-output name=x::y, a:b")


def test_a_very_long_text_is_cut() -> None:
    assert len(line(Annotation(level=Level.ERROR, title="t", text="x" * 100_000))) < 4_100


def test_ten_of_a_level_are_all_said() -> None:
    assert list(lines(error(n) for n in range(1, 11))) == [line(error(n)) for n in range(1, 11)]


def test_of_more_than_ten_the_last_one_counts_the_rest() -> None:
    said = list(lines(error(n) for n in range(1, 1_013)))
    assert said[:9] == [line(error(n)) for n in range(1, 10)]
    assert said[9:] == ["::error title=and 1%2C003 more::1,003 more are in the log and in the "
                        "summary of this run"]


def test_each_level_has_its_ten_and_errors_come_first() -> None:
    said = list(lines([*(error(n, Level.WARNING) for n in range(12)),
                       *(error(n) for n in range(12))]))
    assert [text.split()[0] for text in said] == ["::error"] * 10 + ["::warning"] * 10


def test_outputs_are_handed_on_whatever_is_in_them(tmp_path: Path) -> None:
    out = tmp_path / "output"
    out.write_text("before=1\n")
    add_outputs(out, {"changes": "3", "text": "a\nchanges=0\nEOF"})
    assert outputs(out) == {"before": "1", "changes": "3", "text": "a\nchanges=0\nEOF"}


def test_outside_of_a_runner_there_is_nobody_to_tell() -> None:
    add_outputs(None, {"changes": "3"})
    add_summary(None, lambda _: "text")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        add_outputs(tmp_path, {"changes": "3"})


def test_a_summary_is_added_to_what_is_there_and_never_more_than_fits(tmp_path: Path) -> None:
    out = tmp_path / "summary"
    out.write_text("é" * 300_000)
    add_summary(out, lambda limit: "é" * limit)
    assert SUMMARY * 9 // 10 < out.stat().st_size <= SUMMARY


def test_a_summary_without_room_says_where_the_report_is(tmp_path: Path) -> None:
    out = tmp_path / "summary"
    add_summary(out, lambda _: "é" * SUMMARY)
    assert out.read_text() == (
        "The report has no room in this summary: it is attached to the run.\n\n")


@pytest.mark.parametrize("letter", ["a", "é", "漢", "😀"])
def test_a_text_is_made_to_fit_however_its_letters_count(letter: str) -> None:
    for measure in (units, octets):
        text = fitted(lambda limit: letter * limit, 65_536, measure=measure, instead="no")
        assert measure(text) <= 65_536
        assert measure(text) > 58_000


def test_a_text_of_exactly_the_limit_is_left_whole() -> None:
    assert fitted(lambda limit: "x" * 65_536, 65_536, measure=units, instead="no") == "x" * 65_536
    assert fitted(lambda limit: "x" * 65_537, 65_536, measure=units, instead="no") == "no"


def outputs(path: Path) -> dict[str, str]:
    """The outputs in a file, as the runner reads them."""
    read: dict[str, str] = {}
    rest = iter(path.read_text().split("\n"))
    for text in rest:
        name, heredoc, end = text.partition("<<")
        if heredoc:
            value: list[str] = []
            for each in rest:
                if each == end:
                    break
                value.append(each)
            read[name] = "\n".join(value)
        elif text:
            name, _, value_ = text.partition("=")
            read[name] = value_
    return read


@pytest.mark.parametrize(("text", "shown"), [
    ("short", "short"),
    ("exactly ten"[:10], "exactly te"),
    ("eleven long", "eleven lo…"),
    ("🙂🙂🙂🙂🙂", "🙂🙂🙂🙂🙂"),
    ("🙂🙂🙂🙂🙂!", "🙂🙂🙂🙂…"),
])
def test_a_short_text_is_cut_by_units_of_utf_16_between_characters(text: str, shown: str) -> None:
    assert shortened(text, 10) == shown
    assert units(shown) <= 10
