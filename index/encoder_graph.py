"""Draws the network of the bundled model, without its weights: ``data/encoder.onnx``.

Run once for the file that ships, ``python -m index.encoder_graph``; nothing else imports it, and
the library onnx is no part of the install. A byte a weight and a byte a value lets processors
multiply with their fastest operators. The network is drawn as it is to be run, see ``network.py``:
what onnxruntime would make of it takes half as long again.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import onnx
from onnx import NodeProto, TensorProto, helper

from index.bundled import check_weights
from index.packed import Shape, read_packed

_OWN = "com.microsoft"
_OF_ONNXRUNTIME = frozenset(("MatMulIntegerToFloat", "MultiHeadAttention", "Gelu"))
_VERSIONS = (("", 17), (_OWN, 1))
_FORMAT = 9  # of the file
# What goes into these holds a few values that are far larger than all others.
_UNEVEN = frozenset(("fi", "fo"))


def draw_network(shape: Shape) -> onnx.ModelProto:
    """From embedded tokens ``x``, shape (1, tokens, hidden), to hidden states ``y`` of that shape.

    Weights are named as in the packed file; a matrix is ``NAME.levels`` and ``NAME.scales``, see
    ``quantise_rows``.
    """
    graph = _Graph(shape)
    states = graph.norm("x", "emb.ln", "states")
    for layer in range(shape.layers):
        states = _draw_layer(graph, f"l{layer}", states, shape)
    sizes: list[str | int | None] = [1, "tokens", shape.hidden]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, sizes) for n in ("x", states)]
    drawn = helper.make_graph(graph.nodes, "encoder", ends[:1], ends[1:], graph.weights)
    opsets = [helper.make_opsetid(domain, version) for domain, version in _VERSIONS]
    return helper.make_model(
        drawn, opset_imports=opsets, ir_version=_FORMAT, producer_name="huawen"
    )


def _draw_layer(graph: _Graph, name: str, states: str, shape: Shape) -> str:
    """Attention and feed-forward, each added to what went in and normed."""
    wide = shape.feed_forward
    asked = [graph.multiply(states, f"{name}.{part}", shape.hidden) for part in ("q", "k", "v")]
    seen = graph.add("MultiHeadAttention", asked, f"{name}.seen", num_heads=shape.heads)
    told = graph.multiply(seen, f"{name}.ao", shape.hidden)
    states = graph.norm(told, f"{name}.aln", f"{name}.between", added=states)
    inner = graph.add("Gelu", [graph.multiply(states, f"{name}.fi", wide)], f"{name}.inner")
    told = graph.multiply(inner, f"{name}.fo", shape.hidden, of=wide)
    return graph.norm(told, f"{name}.oln", f"{name}.states", added=states)


class _Graph:
    """Nodes and weights, collected in order.

    What goes into a matrix is rounded to bytes of one scale. Where a few large values would leave
    the others hardly a level, what was rounded off is multiplied as well.
    """

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []

    def add(self, kind: str, inputs: list[str], *outputs: str, **attributes: float) -> str:
        """A node; its first output."""
        domain = _OWN if kind in _OF_ONNXRUNTIME else ""
        node = helper.make_node(kind, inputs, outputs, domain=domain)
        node.attribute.extend(helper.make_attribute(*pair) for pair in attributes.items())
        self.nodes.append(node)
        return outputs[0]

    def multiply(self, states: str, name: str, size: int, *, of: int = 0) -> str:
        """Times a matrix of ``size`` rows, and a bias; ``of`` columns where not the hidden size."""
        matrix = [
            self._weight(f"{name}.w.levels", TensorProto.INT8, [of or self._shape.hidden, size]),
            self._weight(f"{name}.w.scales", TensorProto.FLOAT, [size]),
        ]
        bias = self._weight(f"{name}.b", TensorProto.FLOAT, [size])
        rounded = self._round(states)
        if name.rpartition(".")[2] not in _UNEVEN:
            return self._multiply(rounded, matrix, bias, f"{name}.out")
        rough = self._multiply(rounded, matrix, bias, f"{name}.rough")
        back = self.add("DequantizeLinear", list(rounded), f"{states}.back")
        rest = self._round(self.add("Sub", [states, back], f"{states}.rest"))
        fine = self._multiply(rest, matrix, "", f"{name}.fine")
        return self.add("Add", [rough, fine], f"{name}.out")

    def norm(self, states: str, name: str, output: str, *, added: str = "") -> str:
        """Normed to mean 0 and variance 1 a token, after ``added`` was added."""
        if added:
            states = self.add("Add", [states, added], f"{output}.sum")
        weights = [
            self._weight(f"{name}.{part}", TensorProto.FLOAT, [self._shape.hidden]) for part in "wb"
        ]
        return self.add(
            "LayerNormalization", [states, *weights], output, epsilon=self._shape.epsilon
        )

    def _round(self, states: str) -> tuple[str, str, str]:
        """Bytes, their scale and their zero; once, however many matrices they go into."""
        rounded = (f"{states}.bytes", f"{states}.scale", f"{states}.zero")
        if not any(rounded[0] in node.output for node in self.nodes):
            self.add("DynamicQuantizeLinear", [states], *rounded)
        return rounded

    def _multiply(
        self, rounded: tuple[str, str, str], matrix: list[str], bias: str, output: str
    ) -> str:
        levels, scale, zero = rounded
        inputs = [levels, matrix[0], scale, matrix[1], zero, "", bias]
        return self.add("MatMulIntegerToFloat", inputs, output)

    def _weight(self, name: str, kind: int, sizes: list[int]) -> str:
        """A tensor that is given when the network is opened."""
        tensor = TensorProto(name=name, data_type=kind, dims=sizes)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights")
        self.weights.append(tensor)
        return name


def main() -> None:
    """Write the file that ships."""
    path = Path(str(files("index"))) / "data" / "encoder.onnx"
    shape = read_packed(check_weights()).shape
    path.write_bytes(draw_network(shape).SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
