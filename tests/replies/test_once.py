"""Whatever goes wrong on the way, each reply stands on the network once."""

from __future__ import annotations

import os
import secrets

import pytest


@pytest.fixture
def seeds(request):
    """Give each life a seed, and say it; a single life is always the same."""
    count = request.config.getoption("--reply-seeds")
    chosen = secrets.randbelow(10**6) if count > 1 else 1
    first = int(os.environ.get("SCSKIT_REPLY_SEED") or chosen)
    print(f"SCSKIT_REPLY_SEED={first}")  # noqa: T201  by which it is repeated
    return range(first, first + count)


def test_every_reply_stands_on_the_network_once(world_of, seeds):
    """No reply is there twice, none is lost, each conversation keeps its order.

    Meanwhile the network repeats itself, mixes up what it pushes, refuses, breaks down, loses
    answers, lets tokens expire, and tells of messages before it answers who sent them.
    """
    for seed in seeds:
        world = world_of(seed)
        world.live(80)
        world.settle()
        world.require_once()
        world.require_order()
        world.require_told()


def test_without_accidents_nothing_is_unknown(world_of):
    """On a network that does as it says every reply arrives at the first attempt."""
    world = world_of(1, rates={})
    world.live(60)
    world.settle()
    assert world.said
    world.require_once()
    assert {len(world.tried(reply_id)) for reply_id in world.said} == {1}
    world.require_order()
    world.require_told()
