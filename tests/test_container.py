"""The image and its compose file: what can be checked of them where no engine runs."""

import re
from pathlib import Path

import pytest
import yaml

from api.settings import setting_names

ROOT = Path(__file__).parents[1]
STAGES = re.split(r"(?m)^(?=FROM )", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
FINAL = STAGES[-1]


@pytest.fixture(scope="module")
def composed():
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["huawen"]


def instruction(name, text=FINAL):
    joined = text.replace("\\\n", " ")
    return re.findall(rf"(?m)^{name} (.+)$", joined)


def test_last_stage_runs_as_a_numbered_user_who_is_not_root():
    assert instruction("USER") == ["10001:10001"]
    assert FINAL.index("USER ") > FINAL.index("RUN ")


def test_last_stage_builds_nothing():
    assert len(STAGES) == 3  # comments, build, final
    commands = " ".join(instruction("RUN"))
    assert not re.search(r"apt-get|apk|pip|gcc|make|curl|wget", commands)
    assert instruction("COPY") == ["--from=build /opt/huawen /opt/huawen"]
    assert "uninstall --yes pip setuptools" in STAGES[1]
    assert "--constraint requirements.lock" in STAGES[1]
    assert not re.search(r"(?m)^ADD ", FINAL + STAGES[1])


def test_bases_are_slim_and_named_by_version():
    for stage in STAGES[1:]:
        assert re.match(r"FROM python:3\.11-slim-bookworm\b", stage)


def test_health_is_readiness_and_needs_no_other_program(composed):
    [check] = instruction("HEALTHCHECK")
    assert "/readyz" in check
    assert '["python", "-c"' in check
    assert "healthcheck" not in composed  # the image's own


def test_data_and_nothing_else_is_written(composed):
    assert 'VOLUME ["/data"]' in FINAL
    environment = dict(re.findall(r"([A-Z_]+)=(\S+)", FINAL.split("ENV ")[1].split("USER ")[0]))
    assert environment["HUAWEN_HOME"] == "/data"
    assert environment["XDG_CACHE_HOME"].startswith("/data/")
    assert composed["read_only"] is True
    assert composed["volumes"] == ["huawen-data:/data"]
    assert [mount.partition(":")[0] for mount in composed["tmpfs"]] == ["/tmp"]


def test_container_may_do_little(composed):
    assert composed["cap_drop"] == ["ALL"]
    assert composed["security_opt"] == ["no-new-privileges:true"]
    assert composed["mem_limit"]
    assert composed["pids_limit"]
    assert all(port.startswith("127.0.0.1:") for port in composed["ports"])


def test_settings_that_are_passed_exist(composed):
    known = {*setting_names(), "HUAWEN_HOME", "HUAWEN_GIT_SHA"}
    named = set(re.findall(r"HUAWEN_[A-Z_]+", FINAL)) | set(composed["environment"])
    assert named <= known


def test_end_is_waited_for_longer_than_streams_are(composed):
    grace = int(composed["stop_grace_period"].removesuffix("s"))
    default = setting_names()["HUAWEN_API_GRACEFUL_SECONDS"][0].model_fields["graceful_seconds"]
    assert grace > default.default


def test_only_what_is_needed_reaches_the_builder():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = {name for line in instruction("COPY", STAGES[1]) for name in line.split()[:-1]}
    assert copied <= allowed
    assert all((ROOT / name).exists() for name in allowed)
