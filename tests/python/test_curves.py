"""The curves of a training as TensorBoard's own reader sees them, and as anybody reads them from a line of JSON."""

import json
import os
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


@pytest.fixture(scope="module")
def release():
    (folder,) = (Path(os.environ["CANDOR_DATA"]) / "releases").iterdir()
    return folder


def test_tensorboard_reads_every_shard(release):
    events = EventAccumulator(str(release), size_guidance={"scalars": 0})
    events.Reload()
    tags = set(events.Tags()["scalars"])
    losses = {tag for tag in tags if tag.startswith("loss/shard-")}
    assert len(losses) == 8 and "tokens_per_s" in tags, tags
    for tag in losses:
        values = [point.value for point in events.Scalars(tag)]
        assert values and all(0 < value < 20 for value in values)


def test_the_lines_say_the_same(release):
    lines = [json.loads(line) for line in (release / "metrics.ndjson").read_text().splitlines()]
    trained = [line for line in lines if "tokens_per_s" in line and line["stage"] != "audit"]
    assert {line["shard"] for line in trained if line["stage"] == "train"} == set(range(8))
    last = max(trained, key=lambda line: line["tokens"])
    assert last["tokens"] == last["tokens_total"] > 0
