"""Spans of the steps, for whoever collects traces; nothing is imported or measured for others.

Names and attributes follow OpenTelemetry's conventions for generative AI, which still change. No
question, passage or answer is ever an attribute.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Value = str | int
Note = Callable[[str, Value], None]


@contextmanager
def span(name: str, **attributes: Value) -> Iterator[Note]:
    """A span around a step, where FastAPI has loaded the SDK; what it gives notes more attributes.

    Two underscores of an argument's name are a dot behind ``gen_ai.``.
    """
    if "opentelemetry.sdk.trace" not in sys.modules:
        yield lambda _name, _value: None
        return
    from opentelemetry import trace  # noqa: PLC0415 - see above

    named = {f"gen_ai.{key.replace('__', '.')}": value for key, value in attributes.items()}
    with trace.get_tracer("huawen").start_as_current_span(name, attributes=named) as open_span:
        yield lambda key, value: open_span.set_attribute(f"gen_ai.{key.replace('__', '.')}", value)
