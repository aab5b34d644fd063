"""int8 products for an exported graph: what goes in is quantised once, before it is cut and moved about; what comes out stays
int32 until the strongest of many looks is chosen; weights are rounded so that their errors cancel on real music."""

import numpy as np
import onnx

LARGEST = 63  # 7 bits: no processor's sums of two products of 8 × 8 bits saturate, so all agree
MOVES = {"Slice", "Reshape", "Concat", "Transpose", "Unsqueeze", "Squeeze", "Split", "Identity"}


def rounded(weight, moments, damping=0.01):
    """weight [in, out] as int8 and a scale for each column, rounded row by row, each row's error made good by those after it
    as far as the inputs' second moments [in, in] say they can (Frantar et al., GPTQ, 2022)."""
    w = weight.astype(np.float64)
    scale = np.maximum(np.abs(w).max(0), 1e-9) / LARGEST
    h = moments + damping * np.diag(moments).mean() * np.eye(len(w))
    upper = np.linalg.cholesky(np.linalg.inv(h)).T
    q = np.zeros_like(w)
    for i in range(len(w)):
        q[i] = np.clip(np.rint(w[i] / scale), -LARGEST, LARGEST)
        w[i + 1 :] -= upper[i, i + 1 :, None] * ((w[i] - q[i] * scale) / upper[i, i])
    return q.astype(np.int8), scale.astype(np.float32)


def collect(module, kind, run):
    """{parameter: second moments of its input} of module's parts of a kind (x → x @ weight), over what run() lets them hear."""
    moments, hooks = {}, []

    def listen(name):
        def hook(_, inputs):
            x = inputs[0].flatten(0, -2).double().numpy()
            moments[name] = moments.get(name, 0) + x.T @ x
        return hook

    for name, part in module.named_modules():
        if isinstance(part, kind):
            hooks.append(part.register_forward_pre_hook(listen(name + ".weight")))
    run()
    for h in hooks:
        h.remove()
    return moments


class Quantiser:
    """Rewrites graph so that products by the weights in moments are int8's."""

    def __init__(self, graph, moments):
        self.graph, self.moments = graph, moments
        self.fixed = {i.name: i for i in graph.initializer}
        self.made = {o: n for n in graph.node for o in n.output}
        self.weights = {}  # parameter → (int8, scale), names
        self.bytes, self.range = {}, {}  # tensor → its quantised name; root → (scale, zero)
        self.scales = set()  # of products, that there are nodes for
        self.whole = {}  # tensor → (int32 name, scale name)
        self.nodes = []

    def node(self, op, inputs, outputs, **attributes):
        self.nodes.append(onnx.helper.make_node(op, inputs, outputs, name=outputs[0], **attributes))
        return outputs[0]

    def constant(self, name, value):
        self.graph.initializer.append(onnx.numpy_helper.from_array(value, name))
        return name

    def source(self, name):
        """The tensor all of whose parts name is made of, or None if there are several."""
        n = self.made.get(name)
        if n is None or n.op_type not in MOVES:
            return name
        found = {self.source(i) for i in (n.input if n.op_type == "Concat" else n.input[:1])}
        return found.pop() if len(found) == 1 else None

    def quantised(self, name, root):
        """The name of the bytes of name, all of which come of root."""
        if name in self.bytes:
            return self.bytes[name]
        if name == root:
            self.range[root] = root + "/scale", root + "/zero"
            self.bytes[root] = self.node("DynamicQuantizeLinear", [root], [root + "/u8", *self.range[root]])
            return self.bytes[root]
        self.copy(self.made[name], self.bytes, "/u8", lambda i: self.quantised(i, root))
        return self.bytes[name]

    def copy(self, n, names, suffix, source):
        """n again, over source(i) of each of its data inputs; names takes what comes out."""
        c = onnx.NodeProto()
        c.CopyFrom(n)
        c.name += suffix
        for k in range(len(n.input) if n.op_type in ("Concat", "Max") else 1):
            c.input[k] = source(n.input[k])
        for k, o in enumerate(n.output):
            c.output[k] = o + suffix
            names[o] = o + suffix
        self.nodes.append(c)

    def product(self, n):
        x, parameter = n.input
        if parameter not in self.weights:
            q, scale = rounded(onnx.numpy_helper.to_array(self.fixed[parameter]), self.moments[parameter])
            self.weights[parameter] = self.constant(parameter + "/s8", q), self.constant(parameter + "/scale", scale)
        weight, scale = self.weights[parameter]
        root = self.source(x) or x
        data = self.quantised(x, root)
        both = f"{root}/{scale}"
        if both not in self.scales:
            self.scales.add(both)
            self.node("Mul", [self.range[root][0], scale], [both])
        self.whole[n.output[0]] = self.node("MatMulInteger", [data, weight, self.range[root][1]], [n.output[0] + "/s32"]), both

    def real(self, name):
        """Sees that name is there in float32."""
        if name in self.whole:
            whole, scale = self.whole.pop(name)
            self.node("Mul", [self.node("Cast", [whole], [name + "/f32"], to=onnx.TensorProto.FLOAT), scale], [name])

    def stays(self, n):
        """Whether n only picks among int32s of one scale (all scales are positive)."""
        data = n.input if n.op_type == "Max" else n.input[:1]
        return n.op_type in ("Max", "Slice") and len({self.whole.get(i, (i, i))[1] for i in data}) == 1 and data[0] in self.whole

    def run(self):
        for n in list(self.graph.node):
            if n.op_type == "MatMul" and n.input[1] in self.moments:
                self.product(n)
            elif self.stays(n):
                scale, names = self.whole[n.input[0]][1], {}
                self.copy(n, names, "/s32", lambda i: self.whole[i][0])
                self.whole |= {o: (name, scale) for o, name in names.items()}
            else:
                for i in n.input:
                    self.real(i)
                self.nodes.append(n)
        return self.nodes


def quantise(source, target, moments):
    """Writes the graph at source to target, its products by the weights that moments names in int8."""
    model = onnx.load(source)
    graph = model.graph
    nodes = needed(Quantiser(graph, moments).run(), [o.name for o in graph.output])
    del graph.node[:]
    graph.node.extend(nodes)
    used = {i for n in nodes for i in n.input}
    for i in [i for i in graph.initializer if i.name not in used]:
        graph.initializer.remove(i)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def needed(nodes, outputs):
    """Those of nodes that outputs come from, in order."""
    want, out = set(outputs), []
    for n in reversed(nodes):
        if want & set(n.output):
            out.append(n)
            want |= set(n.input)
    return out[::-1]
