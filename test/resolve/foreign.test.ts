/** What people type who come from PyTorch: one message each, with what to write here. */
import { expect, test } from "vitest";
import { check } from "../../compiler/index.ts";
import { otherModules } from "../../compiler/layers/elsewhere.ts";

const said: Record<string, string> = {
  "x.relu()": "write `x -> ReLU`",
  "F.relu(x)": "write `x -> ReLU`",
  "torch.nn.functional.leaky_relu(x, 0.2)": "write `x -> LeakyReLU(0.2)`",
  "F.dropout(x, 0.5, training=t)": "write `x -> Dropout(…)`",
  "h = torch.cat([x, x], dim=1)": "write `[x, x] -> Cat(dim=1)`",
  "torch.matmul(x, x[0])": "write `[x, x[0]] -> MatMul`",
  "(x + 1).view(-1, 3) -> ReLU": "write `(x + 1) -> View(-1, 3)`",
  "f(x)[0].mean(dim=-1)": "write `f(x)[0] -> Mean(dim=-1)`",
  "m.0.weight": "a part that is a number cannot be named: label its layer, as in `name: Layer(…)`",
  "x -> ReLU -> y.exp()": "write `y -> Exp`",
  "self.fc(x)": "write `x -> fc`, with `fc = Layer(…)` before it",
  "torch.tensor([1, 2])": "a list is a tensor: `[1, 2]`",
  "x.size(0)": "sizes have names in types: `input x: f32[N, C]`, and then `N` is one",
  "x.shape[0]": "sizes have names in types: `input x: f32[N, C]`, and then `N` is one",
  "x.foo()": "a value flows into a layer: `x -> Layer(…)`",
  "x -> F.relu": "layers stand here without the library before them: `x -> Layer(…)`",
  "x.relu": "a value flows into a layer: `x -> ReLU`",
  "Linear(3, x)": "tensors flow in by an arrow: `x -> Linear`",
  "ReLU(x)": "tensors flow in by an arrow: `x -> ReLU`",
  "x -> log_softmax(dim=1)": "did you mean `LogSoftmax`?",
  "x -> Dense(3)": "did you mean `Linear`?",
  "nn.Sequential(OrderedDict([('fc', nn.Linear(3, 4))]))":
    "labels stand before their layers: `x -> fc: Linear(3, 4) -> act: ReLU`",
  "Sequential(\n  (0): Linear(in_features=3, out_features=4, bias=True)\n  (1): ReLU()\n)":
    "a model as PyTorch prints it is a chain here: x -> Linear(3, 4) -> name: ReLU",
  "nn.LazyConv2d(8, 3)": "write Conv2d(_, …): `_` stands for what the input tells",
  "nn.ModuleList([ReLU, ReLU])":
    "layers stand where they are used, after one another or in `Repeat(n) { … }`; a list of layers is `[A, B]`",
  "x -> FocalLoss()":
    "`nnc layers` lists the losses of torch.nn; others are written out, as in `(x - y) -> Square -> Mean`",
  "[x, x] -> cross_entropy": "did you mean `CrossEntropyLoss`?",
  "[x, x] -> mse_loss": "did you mean `MSELoss`?",
  "[x, x] -> binary_cross_entropy_with_logits": "did you mean `BCEWithLogitsLoss`?",
  "return (x)": "results are outputs: `output y = x -> Layer(…)`",
};

test.each(Object.entries(said))("%s", (text, suggestion) => {
  expect(check(text).map((diagnostic) => diagnostic.suggestion)).toEqual([suggestion]);
});

test("a module of torch.nn that is not there is no slip for another", () => {
  for (const [name, instead] of otherModules) {
    const [{ code, suggestion } = {}] = check(`x -> nn.${name}(3, 4)`);
    expect([name, code, suggestion]).toEqual([name, "NN3001", instead]);
  }
});

test("a name may be a word of another language", () => {
  expect(check("model M { input x: f32[3]\n class = x -> ReLU\n output class }")).toEqual([]);
  expect(check("x -> def: Linear(3, 4)")).toEqual([]);
});
