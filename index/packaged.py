"""Files that ship inside a Python package, checked before they are trusted."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path

from index.errors import ModelError


def check_package(package: str, module: str, sha256: Mapping[str, str]) -> Path:
    """The folder of an installed package, after each file was found to be the one that we know.

    Args:
        package: its name with its version, as pip installs it.
        module: its name as Python imports it; it is not imported.
        sha256: of each file that is needed, by its name in the folder.

    Raises:
        ModelError: the package or a file is missing, or a file is another one.
    """
    name = package.partition("==")[0]
    hint = f"Install it again: `pip install --force-reinstall {package}`."
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"the package {name!r} is missing", hint=hint)
    folder = Path(next(iter(spec.submodule_search_locations)))
    for file_name, known in sha256.items():
        try:
            with (folder / file_name).open("rb") as file:
                found = file_digest(file, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise ModelError(
                f"the file {file_name!r} is missing from {name!r}", hint=hint
            ) from error
        if found != known:
            raise ModelError(
                f"the file {file_name!r} of {name!r} has SHA-256 {found[:16]!r}…, "
                f"expected {known[:16]!r}…",
                hint=hint,
            )
    return folder
