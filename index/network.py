"""Networks that ship inside a package, run on the CPU. The only import of onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

    Network: TypeAlias = InferenceSession


def open_network(path: Path, weights: Mapping[str, NDArray[Any]] | None = None) -> Network:
    """A network whose every run takes the thread that calls it: callers side by side share cores.

    Args:
        path: an ONNX file.
        weights: by name, of a network of our own, which is kept without them and run as it is
            drawn.
    """
    from onnxruntime import (  # noqa: PLC0415 - loads a C library
        GraphOptimizationLevel,
        InferenceSession,
        OrtValue,
        SessionOptions,
    )

    options = SessionOptions()
    options.intra_op_num_threads = 1
    # What a long text needed is given back: it costs no time, and would be held for good.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    if weights:
        options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
        values = [OrtValue.ortvalue_from_numpy(value) for value in weights.values()]
        options.add_external_initializers(list(weights), values)
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
