"""The worked cases, and that running them finds what is wrong."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scskit.core.zones import database_version
from scskit.testing.vectors import main

SHARED = Path(os.environ.get("SCSKIT_SHARED") or Path(__file__).parents[3] / "shared")

OFFICE = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
MORNING = {"calendar": "OFFICE", "start": "2026-02-10T09:00:00Z", "target_s": 7200}
DOCUMENT = {
    "schema": "scskit-sla-vectors/1",
    "tzdata": database_version(),
    "calendars": {
        "OFFICE": {"tz": "UTC", "weekly": OFFICE, "holidays": ["2026-02-11"], "overrides": {}},
        "TWICE": {"tz": "UTC", "weekly": {"tue": [["09:00", "12:00"], ["11:00", "13:00"]]}},
    },
    "vectors": [
        {**MORNING, "op": "due", "expect": {"due": "2026-02-10T11:00:00Z"}},
        {
            **MORNING,
            "op": "due",
            "pauses": [["2026-02-10T10:00:00Z", None]],
            "expect": {"due": None, "fires_at": None},
        },
        {
            **MORNING,
            "op": "due",
            "changes": [{"at": "2026-02-10T10:30:00Z", "target_s": 3600}],
            "expect": {"due": "2026-02-10T10:00:00Z", "fires_at": "2026-02-10T10:30:00Z"},
        },
        {
            **MORNING,
            "op": "at_risk",
            "fraction": 0.5,
            "expect": {"at_risk": "2026-02-10T10:00:00Z", "due": "2026-02-10T12:00:00+01:00"},
        },
        {
            **MORNING,
            "op": "elapsed",
            "until": "2026-02-12T10:00:00Z",
            "expect": {"elapsed_s": 36000},
        },
        {**MORNING, "op": "due_days", "days": 1, "expect": {"due": "2026-02-13T00:00:00Z"}},
        {
            **MORNING,
            "op": "nrt",
            "events": [
                ["2026-02-10T09:00:00Z", "customer"],
                ["2026-02-10T12:00:00Z", "agent_public"],
            ],
            "expect": {
                "start": "2026-02-10T09:00:00Z",
                "due": "2026-02-10T11:00:00Z",
                "outcome": "breached",
            },
        },
        {
            **MORNING,
            "op": "nrt",
            "events": [["2026-02-10T09:00:00Z", "agent_public"]],
            "expect": {"start": None, "due": None, "outcome": None},
        },
        {
            **MORNING,
            "op": "open_at",
            "at": "2026-02-10T18:00:00Z",
            "expect": {"open": False, "next_open": "2026-02-12T09:00:00Z"},
        },
        {"op": "validate", "calendar": "TWICE", "expect": {"error": "overlapping_windows"}},
        {"op": "validate", "calendar": "TWICE", "lenient": True, "expect": {"error": None}},
        {
            **MORNING,
            "op": "due",
            "calendar": "TWICE",
            "target_s": 14400,
            "expect": {"due": "2026-02-10T13:00:00Z"},
        },
    ],
}
for number, vector in enumerate(DOCUMENT["vectors"], 1):
    vector |= {"id": f"T{number:02}", "title": f"case {number}"}


@pytest.fixture
def run(tmp_path, capsys):
    """Return a function that runs a document: what it returned and printed."""

    def run_document(document):
        path = tmp_path / "vectors.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return main([str(path)]), capsys.readouterr().out

    return run_document


@pytest.fixture
def shared_vectors():
    """Give the worked cases that come with the project, where they are."""
    path = SHARED / "vectors" / "sla_vectors.json"
    if not path.is_file():
        pytest.skip(f"there are no worked cases in {SHARED}; name its folder in SCSKIT_SHARED")
    return json.loads(path.read_text(encoding="utf-8"))


def wrong(value):
    """Return something that is not ``value``, but might be."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if value is None:
        return "2026-02-10T11:00:00Z"
    return value[:-3] + "1Z" if value.endswith(":00Z") else "something else"


def mutants(document):
    """Yield a document for each expected value, in which this one is wrong."""
    for number, vector in enumerate(document["vectors"]):
        for key, value in vector["expect"].items():
            mutant = copy.deepcopy(document)
            mutant["vectors"][number]["expect"][key] = wrong(value)
            yield mutant, vector


def test_all_worked_cases_come_out(run, shared_vectors):
    """Every worked case of SLA time comes out to the second."""
    count = len(shared_vectors["vectors"])
    assert run(shared_vectors) == (0, f"{count} of {count} vectors come out\n")


def test_what_the_runner_knows_comes_out(run):
    """Each operation is run as its description says."""
    count = len(DOCUMENT["vectors"])
    assert run(DOCUMENT) == (0, f"{count} of {count} vectors come out\n")


def test_a_wrong_vector_is_found_whichever_it_is(run):
    """A runner that says yes to everything would prove nothing: each wrong value is found."""
    for mutant, vector in mutants(DOCUMENT):
        code, printed = run(mutant)
        assert code == 1
        assert printed.startswith(f"{vector['id']}: {vector['title']}\n  expected {{")
        assert printed.splitlines()[-1] == f"{len(DOCUMENT['vectors']) - 1} of 12 vectors come out"


def test_a_wrong_worked_case_is_found_whichever_it_is(run, shared_vectors):
    """The same for the worked cases that come with the project."""
    for mutant, vector in mutants(shared_vectors):
        code, printed = run(mutant)
        assert code == 1
        assert printed.startswith(f"{vector['id']}: ")


def test_a_mismatch_shows_both_sides(run):
    """What is printed is enough to see what is wrong."""
    document = copy.deepcopy(DOCUMENT)
    document["vectors"][0]["expect"]["due"] = "2026-02-10T11:00:01Z"
    assert run(document)[1].splitlines()[:3] == [
        "T01: case 1",
        '  expected {"due": "2026-02-10T11:00:01Z"}',
        '  got      {"due": "2026-02-10T11:00:00Z"}',
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"op": "tomorrow"}, "no operation 'tomorrow'; there are due, at_risk"),
        ({"calendar": "NOWHERE"}, "KeyError: 'NOWHERE'"),
        ({"start": "2026-02-10T09:00:00"}, "ValueError: 2026-02-10T09:00:00 is naive"),
        ({"expect": {"dew": None}}, "nothing of this name"),
    ],
)
def test_a_vector_that_cannot_be_run_is_a_mismatch(run, change, words):
    """What cannot be run has not come out, and the others are run all the same."""
    document = copy.deepcopy(DOCUMENT)
    document["vectors"][0] |= change
    code, printed = run(document)
    assert code == 1
    assert words in printed
    assert "11 of 12" in printed


def test_another_database_of_time_zones_is_told(run):
    """Who looks for a difference is told that the clocks may be others."""
    code, printed = run({**DOCUMENT, "tzdata": "2019a"})
    assert code == 0
    assert printed.startswith(f"made with tzdata 2019a, this is {database_version()}\n")


NOTHING = json.dumps({**DOCUMENT, "vectors": []})


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": "scskit-sla-vectors/1"}', NOTHING])
def test_a_file_that_is_none_is_refused(tmp_path, capsys, content):
    """A file that cannot be run does not pass for one without mistakes."""
    path = tmp_path / "vectors.json"
    path.write_text(content, encoding="utf-8")
    assert main([str(path)]) == 2
    assert "cannot be run" in capsys.readouterr().err
    assert main([str(tmp_path / "missing.json")]) == 2
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_the_runner_is_a_command(tmp_path):
    """``python -m scskit.testing.vectors FILE`` exits with 0 or 1."""
    path = tmp_path / "vectors.json"
    for document, code in ((DOCUMENT, 0), (next(mutants(DOCUMENT))[0], 1)):
        path.write_text(json.dumps(document), encoding="utf-8")
        command = [sys.executable, "-m", "scskit.testing.vectors", str(path)]
        assert (
            subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == code
        )
