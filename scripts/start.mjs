// The program of `npm start`: it runs a LayerNorm with three activations, and a convolutional net that
// reads handwritten digits.
import { readFileSync } from "node:fs";
import { compile, formatTensor } from "../dist/compiler/index.js";
import { loadNpy } from "../dist/runtime/index.js";
import { draw } from "../examples/digits/draw.mjs";

variants("examples/variants.nn", "examples/variants.input.json");
digits("examples/digits");
console.log(`Next:
  npx nnc run examples/layernorm.nn --input examples/layernorm.input.json
  npx nnc compile examples/layernorm.nn -o layernorm.js
  npx nnc --help`);

function variants(filename, inputs) {
  const source = readFileSync(filename, "utf8");
  const model = compile(source, { filename });
  const input = JSON.parse(readFileSync(inputs, "utf8"));
  const outputs = model(input);
  const program = source.replaceAll(/^#.*\n/gm, "").replaceAll(/^(?=.)/gm, "  ");
  console.log(`${filename}\n\n${program}\ncompiled and run on\n[${input.join(", ")}]\n`);
  const titles = { ln: "LayerNorm", prelu: "PReLU", relu: "ReLU", leaky: "LeakyReLU" };
  for (const [name, title] of Object.entries(titles)) {
    console.log(`${title}\n${formatTensor(outputs[name])}\n`);
  }
}

/**
 * A hundred digits that were not used for training: the first three are shown, and up to three that are read
 * wrongly.
 */
function digits(folder) {
  const filename = `${folder}/convnet.nn`;
  const model = compile(readFileSync(filename, "utf8"), { filename });
  const [images, labels] = ["digits", "labels"].map((name) => loadNpy(readFileSync(`${folder}/${name}.npy`)));
  const { probs } = model({ ...images, dtype: "f32", data: Float32Array.from(images.data) });

  const all = Array.from(labels.data, (label, i) => {
    const classes = probs.data.subarray(10 * i, 10 * (i + 1));
    const sure = Math.max(...classes);
    const says = classes.indexOf(sure);
    const captions = { says: `${says}`, sure: `${Math.round(100 * sure)} %`, is: `${label}` };
    return { pixels: images.data.subarray(784 * i, 784 * (i + 1)), captions, isRight: says === label };
  });
  const wrong = all.filter(({ isRight }) => !isRight);
  console.log(`${filename}, compiled and run on a hundred handwritten digits\n\n${draw(all.slice(0, 3))}\n`);
  if (wrong.length > 0) console.log(`Read wrong\n\n${draw(wrong.slice(0, 3))}\n`);

  const { right, held_out } = JSON.parse(readFileSync(`${folder}/training.json`, "utf8")).convnet;
  const share = ((100 * right) / held_out).toFixed(2);
  console.log(
    `${all.length - wrong.length} of the ${all.length} are read right, and ${share} % of all ${held_out} held out from training.\n`,
  );
}
