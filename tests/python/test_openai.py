"""The real `openai` client against the assistant: models, a draft, a streamed draft, errors.

With `CANDOR_URL` set that server is asked; else one is started from `CANDOR_BIN` on `CANDOR_DATA` and stopped.
"""

import contextlib
import os
import socket
import subprocess
import time
import urllib.request

import openai
import pytest

START_LIMIT_S = 120
MESSAGES = [{"role": "user", "content": "Why small teams should write down their decisions"}]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(url: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        assert server.poll() is None, f"the server ended with {server.returncode}"
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"{url}/healthz", timeout=2).status == 200:
                return
        time.sleep(0.2)
    raise AssertionError(f"the server was not healthy after {START_LIMIT_S} s")


@pytest.fixture(scope="module")
def url():
    if given := os.environ.get("CANDOR_URL"):
        yield given.rstrip("/")
        return
    listen = f"127.0.0.1:{free_port()}"
    # `demo` goes on with what is there and serves with the development login, under which the wire is open.
    command = [os.environ["CANDOR_BIN"], "demo", "--data", os.environ["CANDOR_DATA"], "--listen", listen]
    command += os.environ.get("CANDOR_DEMO", "").split()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_healthy(f"http://{listen}", server)
        yield f"http://{listen}"
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture(scope="module")
def client(url):
    return openai.OpenAI(base_url=f"{url}/v1", api_key=os.environ.get("CANDOR_KEY", "any"), max_retries=2)


@pytest.fixture(scope="module")
def model(client):
    models = client.models.list().data
    assert len(models) == 1, models
    assert models[0].object == "model" and models[0].created > 0
    assert client.models.retrieve(models[0].id).id == models[0].id
    return models[0].id


def test_a_draft_comes_whole(client, model):
    draft = client.chat.completions.create(model=model, messages=MESSAGES, max_tokens=48, seed=7)
    choice = draft.choices[0]
    assert choice.message.role == "assistant" and choice.message.content.strip()
    assert choice.finish_reason in ("stop", "length", "content_filter")
    assert draft.usage.total_tokens == draft.usage.prompt_tokens + draft.usage.completion_tokens > 0


def test_a_draft_comes_in_chunks(client, model):
    stream = client.chat.completions.create(
        model=model, messages=MESSAGES, max_tokens=48, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.strip()
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] in ("stop", "length", "content_filter")
    assert not chunks[-1].choices and chunks[-1].usage.total_tokens > 0


def test_the_same_seed_gives_the_same_draft(client, model):
    def drafted():
        draft = client.chat.completions.create(model=model, messages=MESSAGES, max_tokens=24, seed=11, temperature=0.7)
        return draft.choices[0].message.content

    assert drafted() == drafted()


def test_errors_are_the_clients_own(client, model):
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="no-such-model", messages=MESSAGES)
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=model, messages=[])
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=model, messages=MESSAGES, max_tokens=1_000_000)
