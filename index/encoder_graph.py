"""Draws the networks of the bundled model, without their weights.

``data/encoder.onnx`` embeds questions; ``data/reader.onnx`` is the same with upper layers of its
own, which ``rag.reader`` reads with. Run once for the files that ship, ``python -m
index.encoder_graph``; nothing else imports it, and the library onnx is no part of the install.
Matrices stay in blocks of four bits, as the package that carries the weights has them, and are
multiplied as integers; those of the reader's own layers have eight bits.
"""

from __future__ import annotations

from collections.abc import Container
from importlib.resources import files
from pathlib import Path

import onnx
from onnx import NodeProto, TensorProto, helper

from index.bundled import READER_LAYERS, check_weights
from index.packed import BLOCK_SIZE, Shape, read_packed

_OWN = "com.microsoft"  # operators of onnxruntime
_AS_INTEGERS = 4  # of ``accuracy_level``: activations in blocks of eight bits
_BITS, _OWN_BITS = 4, 8
_VERSIONS = (("", 17), (_OWN, 1))
_FORMAT = 9  # of the file


def draw_network(shape: Shape, own: Container[int] = ()) -> onnx.ModelProto:
    """From embedded tokens ``x``, shape (1, tokens, hidden), to hidden states ``y`` of that shape.

    Weights are named as in the packed file; a matrix is ``NAME.blocks`` and ``NAME.scales``. The
    layers that are ``own`` have eight bits a weight.
    """
    graph = _Graph(shape)
    states = graph.norm("x", "emb.ln", "states")
    for layer in range(shape.layers):
        graph.bits = _OWN_BITS if layer in own else _BITS
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
    """Nodes and weights, collected in order."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self.bits = _BITS  # of the matrices that are drawn next
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []

    def add(self, kind: str, inputs: list[str], output: str, **attributes: float) -> str:
        """A node; its output."""
        domain = "" if kind == "LayerNormalization" else _OWN
        node = helper.make_node(kind, inputs, [output], domain=domain)
        node.attribute.extend(helper.make_attribute(*pair) for pair in attributes.items())
        self.nodes.append(node)
        return output

    def multiply(self, states: str, name: str, size: int, *, of: int = 0) -> str:
        """Times a matrix of ``size`` rows, and a bias; ``of`` columns where not the hidden size."""
        columns = of or self._shape.hidden
        blocks = columns // BLOCK_SIZE
        packed = [size, blocks, BLOCK_SIZE * self.bits // 8]
        inputs = [
            states,
            self._weight(f"{name}.w.blocks", TensorProto.UINT8, packed),
            self._weight(f"{name}.w.scales", TensorProto.FLOAT, [size * blocks]),
            "", "", self._weight(f"{name}.b", TensorProto.FLOAT, [size]),
        ]  # fmt: skip
        return self.add(
            "MatMulNBits", inputs, f"{name}.out", K=columns, N=size, bits=self.bits,
            block_size=BLOCK_SIZE, accuracy_level=_AS_INTEGERS,
        )  # fmt: skip

    def norm(self, states: str, name: str, output: str, *, added: str = "") -> str:
        """Normed to mean 0 and variance 1 a token, after ``added`` was added."""
        kind = "SkipLayerNormalization" if added else "LayerNormalization"
        weights = [
            self._weight(f"{name}.{part}", TensorProto.FLOAT, [self._shape.hidden]) for part in "wb"
        ]
        inputs = [states, *([added] if added else []), *weights]
        return self.add(kind, inputs, output, epsilon=self._shape.epsilon)

    def _weight(self, name: str, kind: int, sizes: list[int]) -> str:
        """A tensor that is given when the network is opened."""
        tensor = TensorProto(name=name, data_type=kind, dims=sizes)
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights")
        self.weights.append(tensor)
        return name


def main() -> None:
    """Write the files that ship."""
    shape = read_packed(check_weights()).shape
    for name, own in (("encoder", range(0)), ("reader", READER_LAYERS)):
        path = Path(str(files("index"))) / "data" / f"{name}.onnx"
        path.write_bytes(draw_network(shape, own).SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
