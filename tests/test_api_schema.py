"""Every operation of ``/openapi.json`` against what it says of itself: no 5xx, no other shape."""

import json
import shutil

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from live import live_server
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

from api.http.app import ROUTERS
from api.http.examples import ANSWER, COMPLETION, JOB, SEARCH
from api.http.job_shapes import JobOut
from api.http.schemas import AnswerOut, SearchOut
from api.settings import ApiSettings

load_all_checks()
# What a schema allows may still be refused: a question without a word, an article without a text.
# Too large is refused, too, and earlier than the rest.
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
EXCLUDED = [CHECKS.get_one("positive_data_acceptance")]


def operations():
    """Path, method and mode; where nothing can be sent, nothing can be sent wrongly."""
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    for path, methods in app.openapi()["paths"].items():
        for name, operation in methods.items():
            yield path, name, GenerationMode.POSITIVE
            if "parameters" in operation or "requestBody" in operation:
                yield path, name, GenerationMode.NEGATIVE


@pytest.fixture(scope="module")
def live(built_home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("schema")
    shutil.copytree(built_home, folder / "home")
    limits = ApiSettings(require_key="always", rate_per_minute=0, public_rate_per_minute=0)
    with live_server(folder / "home", limits) as running:
        yield running


@pytest.fixture(scope="module")
def secret(live):
    return live.state.keys.create("sk").secret


@pytest.fixture(scope="module")
def schema(live):
    checks = {"negative_data_rejection": {"expected-statuses": REFUSALS}}
    config = SchemathesisConfig.from_dict({"checks": checks})
    document = live.send("GET", "/openapi.json").json()
    return schemathesis.openapi.from_dict(document, config=config)


@pytest.mark.parametrize(("path", "method", "mode"), list(operations()))
def test_operation_keeps_its_schema(schema, live, secret, path, method, mode):
    @settings(
        max_examples=6, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def hold(case):
        case.call_and_validate(
            base_url=f"http://127.0.0.1:{live.port}",
            headers={"Authorization": f"Bearer {secret}"},
            excluded_checks=EXCLUDED,
            timeout=90,
        )

    hold()


def test_document_is_whole_and_its_examples_work(live, secret):
    document = live.send("GET", "/openapi.json").json()
    bearer = {"Authorization": f"Bearer {secret}"}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            for status, reply in operation["responses"].items():
                assert reply["description"], (method, path, status)
    answer = live.send("POST", "/v1/ask", example(document, "AskIn"), bearer)
    assert answer.status == 200
    assert live.send("POST", "/v1/search", example(document, "SearchIn"), bearer).status == 200
    chat = live.send("POST", "/v1/chat/completions", example(document, "ChatIn"), bearer)
    assert chat.status == 200
    made = live.send("POST", "/v1/documents", example(document, "DocumentIn"), bearer)
    assert made.status in (200, 201)
    verdict = example(document, "FeedbackIn") | {"answer_id": answer.json()["id"]}
    assert live.send("POST", "/v1/feedback", verdict, bearer).status == 201
    token = live.send("POST", "/v1/widget-tokens", example(document, "TokenIn"), bearer)
    assert token.status == 201


def test_example_of_an_answer_keeps_the_rules_of_answers():
    answer = AnswerOut.model_validate(ANSWER, strict=False)
    SearchOut.model_validate(SEARCH)
    JobOut.model_validate(JOB)
    for sentence in answer.sentences:
        assert answer.answer[sentence.start : sentence.end] == sentence.text
    [quote] = answer.citations[0].quotes
    assert len(quote.text) == quote.end - quote.start
    message = COMPLETION["choices"][0]["message"]
    span = message["annotations"][0]["url_citation"]
    assert message["content"][span["start_index"] : span["end_index"]] == "[1]"


def example(document, name):
    [first, *_] = document["components"]["schemas"][name]["examples"]
    return json.loads(json.dumps(first))
