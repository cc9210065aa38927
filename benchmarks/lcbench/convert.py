#!/usr/bin/env python3
"""Writes YAHPO Gym's lcbench surrogate (an ONNX graph) in a plain form that benchmarks/lcbench reads: lcbench.json says what there is and
where, lcbench.f32 holds the numbers (little-endian float32).

  python3 -m venv venv && venv/bin/pip install onnx
  venv/bin/python benchmarks/lcbench/convert.py FOLDER OUTPUT

FOLDER holds model.onnx, encoding.json, config_space.json and reference.json, which is copied. The graph: an embedding of the task beside
eight scaled inputs, a linear layer, residual blocks (normalisation, linear, half of it times the positive part of the other half, linear),
normalisation, positive part, linear, sigmoid, scaled outputs. Anything else is refused.
"""
import json
import pathlib
import shutil
import sys

import numpy
import onnx
from onnx import numpy_helper


def constants(graph):
    return {
        node.output[0]: numpy_helper.to_array(node.attribute[0].t) for node in graph.node if node.op_type == "Constant"
    }


def follow(graph, name):
    """The nodes from the one that reads `name` on, as long as each has one reader."""
    while True:
        readers = [node for node in graph.node if name in node.input]
        if len(readers) != 1:
            return
        yield readers[0]
        name = readers[0].output[0]


def column(graph, given, source, i):
    """Where column i of `source` is taken out."""
    for node in graph.node:
        if node.op_type == "Gather" and node.input[0] == source and int(given[node.input[1]]) == i:
            return node.output[0]
    sys.exit(f"nothing reads column {i} of {source}")


def scaling(graph, given, source, i):
    """(log, shift, scale) of an input: x or log x, less the shift, over the scale."""
    log, shift, scale = False, 0.0, 1.0
    for node in follow(graph, column(graph, given, source, i)):
        if node.op_type == "Log":
            log = True
        elif node.op_type == "Sub":
            shift = float(given[node.input[1]])
        elif node.op_type == "Div":
            return {"log": log, "shift": shift, "scale": float(given[node.input[1]])}
        elif node.op_type not in ("Add", "Cast"):
            break
    sys.exit(f"input {i} is scaled in an unknown way")


def unscaling(graph, given, source, i):
    """(scale, shift, exp) of an output: times the scale, plus the shift, exponentiated or not."""
    out = {"exp": False}
    for node in follow(graph, column(graph, given, source, i)):
        if node.op_type == "Mul":
            out["scale"] = float(given[node.input[1]])
        elif node.op_type == "Add":
            out["shift"] = float(given[node.input[1]])
        elif node.op_type == "Exp":
            out["exp"] = True
    return out


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    graph = onnx.load(source / "model.onnx").graph
    given = constants(graph)
    reference = json.loads((source / "reference.json").read_text())
    layers = sum(node.op_type == "Sigmoid" for node in graph.node)
    if layers != 1:
        sys.exit("this is not the graph that it should be: it has not one sigmoid")
    sigmoid = next(node.output[0] for node in graph.node if node.op_type == "Sigmoid")

    target.mkdir(parents=True, exist_ok=True)
    tensors, at = [], 0
    with open(target / "lcbench.f32", "wb") as out:
        for tensor in graph.initializer:
            values = numpy_helper.to_array(tensor).astype("<f4")
            out.write(values.tobytes())
            tensors.append({"name": tensor.name, "shape": list(values.shape), "at": at})
            at += values.size
    epsilon = {
        attribute.f
        for node in graph.node
        if node.op_type == "BatchNormalization"
        for attribute in node.attribute
        if attribute.name == "epsilon"
    }
    if len(epsilon) != 1:
        sys.exit("the normalisations differ in epsilon")
    plain = {
        "tasks": json.loads((source / "encoding.json").read_text())["OpenML_task_id"],
        "inputs": [{"name": name, **scaling(graph, given, "x_cont", i)} for i, name in enumerate(reference["inputs"])],
        "outputs": [{"name": name, **unscaling(graph, given, sigmoid, i)} for i, name in enumerate(reference["outputs"])],
        "epsilon": float(numpy.float32(epsilon.pop())),
        "tensors": tensors,
    }
    (target / "lcbench.json").write_text(json.dumps(plain, indent=1) + "\n")
    shutil.copyfile(source / "reference.json", target / "reference.json")
    print(f"{target}: {len(tensors)} tensors, {at} numbers")


main()
