"""The real binary asks a real server: a member's prompt goes out only when register, rule book and gate agree."""

import json
import os
import pathlib
import subprocess
import time

import llama_server
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEY = "s3cret-key-of-a-test"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    model = tmp_path_factory.mktemp("model") / "base.gguf"
    llama_server.write_gguf(ROOT / "models" / "candor-base-6m", model)
    return llama_server.start(model, KEY)


class Platform:
    def __init__(self, folder: pathlib.Path, address: str, key: str = KEY):
        self.folder = folder
        self.config = folder / "candor.toml"
        self.environment = os.environ | {"CANDOR_TEST_KEY": key}
        self.config.write_text(
            f"""
[data]
dir = "{folder / "data"}"
[assist]
hosts = ["127.0.0.1"]
[[provider]]
id = "llama"
name = "Llama"
company = "the machine beside"
region = "US"
address = "{address}/v1"
model = "any"
key_env = "CANDOR_TEST_KEY"
near = true
tasks = ["draft", "rewrite"]
"""
        )
        self.run("init", "--rules", "seeds-2024")

    def run(self, *words: str, fails: bool = False) -> str:
        command = [os.environ["CANDOR_BIN"], "--config", str(self.config), *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)
        assert KEY not in done.stdout + done.stderr, "a key is never shown"
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout

    def log(self, *events: dict) -> None:
        lines = self.folder / "events.ndjson"
        lines.write_text("".join(json.dumps(event) + "\n" for event in events))
        self.run("event", "add", str(lines))

    def assist(self, *words: str) -> dict:
        return json.loads(self.run("--json", "assist", *words, "--max-tokens", "24"))

    def agree(self, no_train: bool = True, region: str = "US") -> None:
        told = {"purpose": "generative_features", "recipient": "llama", "covers_past_from": "beginning"}
        self.log(
            {"type": "recipient_added", "recipient": "llama", "kind": "processor", "region": region, "no_train": no_train},
            {"type": "region_set_changed", "name": "processors", "countries": ["US"], "source": "a test", "date": "2024-10-01"},
            {"type": "policy_published", "policy": "llama", "effective_from": "2024-10-01", "discloses": [told]},
            {"type": "member_registered", "member": "ann", "residence": "US", "birth_date": "1990-01-01"},
            {"type": "notice_delivered", "member": "ann", "policy": "llama"},
        )


def test_a_prompt_goes_out_and_a_draft_comes_back(server, tmp_path):
    platform = Platform(tmp_path, server.listening_address)
    assert platform.assist("bees on roofs")["runs_at"] == "this server"
    platform.agree()
    start = time.monotonic()
    draft = platform.assist("Thank Anna Kovač and write to bo@firma.de", "--member", "ann")
    print(f"one draft of 24 tokens through the binary: {time.monotonic() - start:.1f} s")
    assert draft["runs_at"] == "the machine beside in United States"
    assert draft["completion_tokens"] > 0
    assert platform.assist("bees", "--member", "ann", "--task", "headline")["runs_at"] == "this server"
    assert "may be used for draft, rewrite" in platform.run("doctor")
    platform.log({"type": "choice_set", "member": "ann", "purpose": "generative_features", "value": "off"})
    assert platform.assist("bees", "--member", "ann")["runs_at"] == "this server"


def test_a_provider_that_trains_or_stands_elsewhere_is_not_asked(server, tmp_path):
    for number, terms in enumerate([{"no_train": False}, {"region": "IN"}]):
        folder = tmp_path / str(number)
        folder.mkdir()
        platform = Platform(folder, server.listening_address)
        platform.agree(**terms)
        assert platform.assist("bees", "--member", "ann")["runs_at"] == "this server"


def test_a_wrong_key_is_an_error_that_shows_nothing(server, tmp_path):
    platform = Platform(tmp_path, server.listening_address, key="wrong")
    platform.agree()
    said = platform.run("assist", "bees of Anna", "--member", "ann", fails=True)
    assert "refuses the key" in said and "wrong" not in said and "Anna" not in said
