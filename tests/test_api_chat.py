"""The compatible route, as OpenAI's own client sees it."""

import shutil

import openai
import pytest
from live import live_server
from llm_server import Reply as ModelReply
from llm_server import llm_server, llm_settings

from api.settings import ApiSettings

ASK = "徽商银行公布了多少家合作机构？"


@pytest.fixture(scope="module")
def live(built_home, tmp_path_factory):
    home = tmp_path_factory.mktemp("chat") / "home"
    shutil.copytree(built_home, home)
    with live_server(home, ApiSettings(require_key="always", rate_per_minute=50)) as running:
        yield running


@pytest.fixture
def client(live):
    secret = live.state.keys.create("sk").secret
    with openai.OpenAI(
        base_url=f"http://127.0.0.1:{live.port}/v1", api_key=secret, max_retries=0
    ) as opened:
        yield opened


def ask(client, text=ASK, **fields):
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model="huawen", messages=messages, **fields)


def ask_often(client):
    for _ in range(60):
        ask(client)


def test_answer_carries_its_citations_three_ways_and_as_text(client):
    reply = ask(client, temperature=0.3, extra_body={"filters": {"document_ids": ["doc-03"]}})
    message = reply.choices[0].message
    assert reply.choices[0].finish_reason == "stop"
    assert "29家" in message.content
    [annotation] = message.annotations
    span = annotation.url_citation
    assert message.content[span.start_index : span.end_index] == "[1]"
    assert len(reply.citations) == len(reply.search_results) == 1
    assert reply.search_results[0]["snippet"] in reply.huawen["citations"][0]["quotes"][0]["text"]
    assert "参考来源\n[1]" in message.content
    assert reply.usage.total_tokens == 0


def test_footer_and_marks_can_be_left_out(client):
    reply = ask(client, extra_body={"citation_footer": False, "citation_style": "none"})
    assert reply.choices[0].message.content == "徽商银行公布了29家合作机构。" or (
        "[1]" not in reply.choices[0].message.content
    )
    assert "参考来源" not in reply.choices[0].message.content


@pytest.mark.parametrize("question", [ASK, "火星上有多少家银行分行？"])
def test_stream_says_the_same(client, question):
    whole = ask(client, question).choices[0].message.content
    chunks = list(ask(client, question, stream=True, stream_options={"include_usage": True}))
    assert len({(c.id, c.created, c.object) for c in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    said = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert said == whole
    last = [c for c in chunks if c.choices][-1]
    assert last.choices[0].finish_reason == "stop"
    assert last.huawen["answer"]
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 0


def test_parts_history_and_system_messages_are_understood(client):
    messages = [
        {"role": "system", "content": "Answer like a pirate."},
        {"role": "user", "content": "花呗是什么？"},
        {"role": "assistant", "content": "…"},
        {"role": "user", "content": [{"type": "text", "text": ASK}]},
    ]
    reply = client.chat.completions.create(model="any", messages=messages)
    assert "29家" in reply.choices[0].message.content


def test_last_message_of_the_user_is_the_question(client):
    messages = [{"role": "user", "content": ASK}, {"role": "assistant", "content": "徽商"}]
    reply = client.chat.completions.create(model="any", messages=messages)
    assert "29家" in reply.choices[0].message.content


def test_article_without_an_address_is_linked_to_our_page(client, live):
    reply = ask(client)
    assert reply.citations == [f"http://127.0.0.1:{live.port}/documents/doc-03"]
    [annotation] = reply.choices[0].message.annotations
    assert annotation.url_citation.url == reply.citations[0]


def test_tokens_of_the_model_are_the_usage(home):
    with llm_server() as server:
        server.script = [ModelReply(text="无", usage=(20, 4))]
        with live_server(home, llm=llm_settings(server)) as live:
            raw = live.send(
                "POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": ASK}]}
            ).json()
            assert raw["usage"] == {
                "prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24,
            }  # fmt: skip
            assert raw["huawen"]["usage"] == {"input_tokens": 20, "output_tokens": 4}
            metrics = live.send("GET", "/metrics").body.decode()
            assert 'huawen_llm_tokens_total{type="input"}' in metrics


def test_models_are_listed(client):
    assert [model.id for model in client.models.list()] == ["huawen"]
    assert client.models.retrieve("huawen").id == "huawen"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"n": 2}, openai.BadRequestError),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, openai.BadRequestError),
        ({"extra_body": {"options": {"top_k": 999}}}, openai.UnprocessableEntityError),
    ],
)
def test_what_cannot_be_done_is_an_error_of_the_clients_own(client, fields, error):
    with pytest.raises(error) as caught:
        ask(client, **fields)
    assert caught.value.body["message"]
    assert caught.value.body["code"]


def test_blank_question_wrong_key_and_limit_are_errors_of_the_clients_own(client, live):
    with pytest.raises(openai.UnprocessableEntityError):
        ask(client, "  ")
    with pytest.raises(openai.BadRequestError, match="用户"):
        client.chat.completions.create(model="m", messages=[{"role": "assistant", "content": "x"}])
    wrong = client.with_options(api_key="hw_sk_wrong")
    with pytest.raises(openai.AuthenticationError):
        ask(wrong)
    with pytest.raises(openai.RateLimitError) as limited:
        ask_often(client)
    assert limited.value.body["code"] == "rate_limited"
    assert limited.value.response.headers["x-ratelimit-remaining-requests"] == "0"
