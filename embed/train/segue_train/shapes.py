"""Keeps from ONNX Runtime, when it loads a graph, the shapes that it would only lose time over.

    python -m segue_train.shapes model.onnx …      # for a model that was exported without

For every value whose rank it can infer, ONNX Runtime looks through all buffers free by then for one of the same size: in a graph of a
thousand small values three quarters of what loading takes, and only its Python interface can switch that off (enable_mem_reuse).
What a constant is reshaped, tiled or expanded to is therefore declared as an input of the graph that has a default and unknown
length: no rank is inferred from it, nor after it, and nobody has to feed it. The arithmetic is the same; at run time the arena hands
the same buffers out again.
"""

import sys

import onnx
from onnx import TensorProto, helper

# Which input of an operator says the shape of its output.
SHAPED_BY = {"Reshape": 1, "Expand": 1, "Tile": 1, "ConstantOfShape": 0}


def hide(model):
    """Declares the constants that shape values as inputs with a default."""
    graph = model.graph
    constants = {t.name for t in graph.initializer}
    names = dict.fromkeys(n.input[SHAPED_BY[n.op_type]] for n in graph.node if n.op_type in SHAPED_BY)
    known = {i.name for i in graph.input}
    for name in names:
        if name in constants and name not in known:
            graph.input.append(helper.make_tensor_value_info(name, TensorProto.INT64, [name + "/length"]))


def main():
    for path in sys.argv[1:]:
        model = onnx.load(path)
        hide(model)
        onnx.save(model, path)


if __name__ == "__main__":
    main()
