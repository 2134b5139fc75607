"""``scskit init``, ``scskit check`` and ``scskit plugins``."""

from __future__ import annotations

import json
import sys
from importlib.metadata import EntryPoint

import pytest

from scskit.config import TEMPLATE


def test_a_first_desk_file_is_written_once_and_fine(scskit, tmp_path):
    """``init`` writes a file that ``check`` finds nothing wrong with, and never replaces one."""
    done = scskit("init")
    assert done.returncode == 0
    assert (tmp_path / "desk.toml").read_text("utf-8") == TEMPLATE
    checked = scskit("check")
    assert checked.returncode == 0
    assert checked.stdout.startswith("desk.toml is fine: 4 accounts, 3 queues, 2 agents, ")
    (tmp_path / "desk.toml").write_text("mine", encoding="utf-8")
    again = scskit("init")
    assert again.returncode == 2
    assert "there is such a file already" in again.stderr
    assert (tmp_path / "desk.toml").read_text("utf-8") == "mine"
    assert scskit("init", "--force").returncode == 0
    assert (tmp_path / "desk.toml").read_text("utf-8") == TEMPLATE


def test_a_desk_file_can_be_anywhere(here, tmp_path):
    """Both commands take a path; one that cannot be written is told."""
    assert here("init", "other.toml").exit_code == 0
    assert here("check", tmp_path / "other.toml").exit_code == 0
    found = here("init", "nowhere/desk.toml")
    assert (found.exit_code, found.stderr.count("\n")) == (2, 1)
    assert "cannot be written" in found.stderr


def test_every_mistake_in_a_desk_file_is_told(scskit, here, tmp_path):
    """``check`` names all of them, for people and for programs, and exits with 1."""
    text = TEMPLATE.replace("level = 2", 'level = "two"').replace('"marketing"', '"marketting"')
    (tmp_path / "desk.toml").write_text(text, encoding="utf-8")
    done = scskit("check")
    assert done.returncode == 1
    problems = done.stderr.splitlines()
    assert len(problems) > 1
    assert all(line.startswith("desk.toml: ") for line in problems)
    found = here("check", "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout) == {"fine": False, "problems": problems, "notes": []}
    assert json.loads(here("check", "none.toml", "--json").stdout)["fine"] is False


WRONG_SETTINGS = """
[desk]
tenant = "acme"
[plugins.twitter]
secrts = ["hush"]
backfill = 9
[plugins.whatsapp]
secret = "hush"
"""


def test_mistakes_in_the_settings_of_plugins_are_mistakes_in_the_file(here, tmp_path):
    """Each is told, whoever reads it: a plugin that is silently missing loses messages."""
    (tmp_path / "desk.toml").write_text(WRONG_SETTINGS, encoding="utf-8")
    done = here("check", "--json")
    assert done.exit_code == 1
    problems = json.loads(done.stdout)["problems"]
    for wrong in ('twitter: found unknown key "secrts"', "twitter.backfill: found 9", "whatsapp"):
        assert any(line.startswith(f"desk.toml: plugins.{wrong}") for line in problems), wrong
    assert here("check").stderr.splitlines() == problems


@pytest.mark.parametrize(
    "command", [("worker", "--once"), ("serve",), ("stream", "twitter"), ("poll", "--once")]
)
def test_who_works_with_networks_does_not_begin_without_one(scskit, tmp_path, command):
    """Where the settings of a plugin are wrong, a command says so and does nothing."""
    (tmp_path / "desk.toml").write_text(WRONG_SETTINGS, encoding="utf-8")
    done = scskit(*command, "--db", "desk.db", "--config", "desk.toml")
    assert done.returncode == 2
    assert 'desk.toml: plugins.twitter: found unknown key "secrts"' in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_that_nobody_reads_are_noted(here, tmp_path):
    """A name that no installed plugin has may be a slip, or that of a plugin of the host."""
    text = '[desk]\ntenant = "acme"\n[plugins.twiter]\n[plugins.instagram]\n[plugins.facebook]\n'
    (tmp_path / "desk.toml").write_text(text, encoding="utf-8")
    done = here("check")
    assert done.exit_code == 0
    slip, other = done.stderr.splitlines()
    assert slip.startswith('desk.toml: plugins.twiter: no plugin "twiter" is installed')
    assert '(did you mean "twitter"?)' in slip
    assert 'plugins.instagram: no plugin "instagram" is installed; installed: facebook' in other
    assert json.loads(here("check", "--json").stdout)["notes"] == [slip, other]


def test_the_plugins_in_use_and_their_hooks(scskit, here):
    """Every built-in plugin is listed with its hooks, as a table and as JSON."""
    listed = json.loads(here("plugins", "--json").stdout)
    builtin = {p["name"]: p["hooks"] for p in listed["plugins"] if p["builtin"]}
    assert builtin["given"] == ["scskit_classify"]
    assert listed["set_aside"] == []
    shown = scskit("plugins").stdout
    assert all(name in shown for name in builtin)


def test_what_is_set_aside_is_listed_with_the_reason(here, monkeypatch):
    """An installed plugin that cannot be used is named, with what is wrong with it."""
    from scskit.plugins.registry import load_registry

    broken = EntryPoint(name="broken", value="nowhere_at_all:plugin", group="scskit")

    def load(_):
        return load_registry(entry_points=lambda: [broken])

    # The package has a command of that name; this is the file that the command stands in.
    monkeypatch.setattr(sys.modules["scskit.cli.plugins"], "load_registry_for", load)
    found = here("plugins")
    assert found.exit_code == 0
    assert "Set aside" in found.stdout
    assert "nowhere_at_all" in found.stdout
    assert json.loads(here("plugins", "--json").stdout)["set_aside"][0]["name"] == "broken"
