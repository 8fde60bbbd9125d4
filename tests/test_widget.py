"""The chat widget: its types, its parts, its build, and a real browser against a real server.

The tests are TypeScript, in `api/widget/test` and `api/widget/e2e`; here is what they need.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build import IndexBuilder
from index.readers import collect_articles
from index.settings import IndexSettings

ROOT = Path(__file__).parents[1]
WIDGET = ROOT / "api" / "widget"
SAMPLES = ROOT / "index" / "data" / "sample_articles.jsonl"
FILES = sorted((WIDGET / "e2e").glob("*.test.ts"))
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
NODE = (20, 19)
PREPARE = "run `api/widget/scripts/prepare.sh` (as root it installs what is missing)"
HUAWEN = [sys.executable, "-c", "from api.cli import main; main()"]
pytestmark = pytest.mark.browser


def _lacks(what: str) -> None:
    """Skip with the reason and the command; fail where these tests must run."""
    message = f"{what}: {PREPARE}"
    if os.environ.get("BROWSER_TESTS") == "always":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def npm() -> Path:
    """The widget's folder, with its packages."""
    node = shutil.which("node")
    if node is None or shutil.which("npx") is None:
        _lacks("there is no Node")
    said = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=True)
    if tuple(map(int, said.stdout.strip().lstrip("v").split(".")[:2])) < NODE:
        _lacks(f"Node {said.stdout.strip()} is older than {NODE[0]}.{NODE[1]}")
    if not (WIDGET / "node_modules" / ".package-lock.json").exists():
        _lacks("the npm packages are not installed")
    return WIDGET


@pytest.fixture(scope="session")
def chromium() -> str:
    """A browser that the system's packages brought."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        _lacks("there is no Chromium")
    return str(found)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """`huawen serve` over the sample articles; the environment that the tests read it from."""
    home = tmp_path_factory.mktemp("widget")
    with IndexBuilder(home, IndexSettings()) as builder:
        builder.ingest(collect_articles([SAMPLES, WIDGET / "e2e" / "articles.jsonl"]).articles)
    with socket.create_server(("127.0.0.1", 0)) as free:
        site = free.getsockname()[1]
    settings = {"HUAWEN_API_CORS_ORIGINS": f"http://127.0.0.1:{site}", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*HUAWEN, "--home", home, "serve", "--port", "0"],
        stdout=subprocess.PIPE, text=True, env=os.environ | settings, cwd=ROOT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = next(word for word in process.stdout.readline().split() if "://" in word)
        yield {"E2E_SERVER": address, "E2E_SITE_PORT": str(site)}
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _run(command: list[str], **environ: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=WIDGET,
        timeout=600, env=os.environ | {"NO_COLOR": "1", "CI": "1"} | environ,
    )  # fmt: skip
    if done.returncode:
        pytest.fail(f"{done.stdout[-20_000:]}\n{done.stderr[-5_000:]}", pytrace=False)


def test_types_and_style(npm):
    _run(["npm", "run", "check"])


def test_parts(npm):
    _run(["npx", "vitest", "run"])


def test_committed_widget_is_what_the_source_builds(npm, tmp_path):
    _run(["npx", "vite", "build", "--outDir", str(tmp_path)])
    committed = ROOT / "api" / "static" / "widget.js"
    assert (tmp_path / "widget.js").read_bytes() == committed.read_bytes(), "npm run build"


def test_lock_file_names_no_place_to_download_from():
    assert '"resolved"' not in (WIDGET / "package-lock.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".test.ts"))
def test_in_a_browser(npm, chromium, server, path):
    command = ["npx", "vitest", "run", "--config", "vitest.e2e.config.ts", f"e2e/{path.name}"]
    _run(command, CHROMIUM=chromium, E2E_HUAWEN=json.dumps(HUAWEN), PYTHONPATH=str(ROOT), **server)
