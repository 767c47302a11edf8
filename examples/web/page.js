// Draws, asks the net, and shows what it says.
import { rasterize, show, trace } from "./ink.js";
import { clearMaps, showMaps } from "./maps.js";

const DIGITS = 100;
const PIXELS = 28 * 28;
const find = (id) => document.getElementById(id);
const pad = find("pad");
const pen = pad.getContext("2d");
const rows = Array.from({ length: 10 }, (_, digit) => {
  find("row").before(find("row").content.cloneNode(true));
  const item = find("row").previousElementSibling;
  item.firstElementChild.textContent = digit;
  return item;
});
const stages = ["edges", "strokes", "shapes"];

// Where the net runs: both give `read`, which takes pixels and gives the outputs or a promise of them, and `error`.
const starts = {
  page: () => import("./net.js"),
  async worker() {
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    const reply = () =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message || "the worker did not start"));
      });
    const error = await reply();
    const read = (pixels) => {
      worker.postMessage(pixels);
      return reply();
    };
    return { read, error };
  },
};
const nets = {};

function net() {
  const { value: place } = document.querySelector("[name=place]:checked");
  return (nets[place] ??= starts[place]());
}

let pixels; // what is to be read
let told = null; // what the answer on the page is for
let busy = false;

/** Brings the answer up to date. A pen makes more images than need an answer, so those between are left out. */
async function update() {
  if (busy) return;
  busy = true;
  try {
    while (told !== pixels) {
      told = pixels;
      const { read, error } = await net();
      const outputs = told && (await read(told));
      tell(outputs?.probs.data);
      picture(outputs);
      find("status").textContent =
        error <= 1
          ? `Ready. This browser is within ${Math.ceil(100 * error)}% of the error that is expected.`
          : "The self test fails in this browser.";
    }
  } catch (cause) {
    fail(cause);
  } finally {
    busy = false;
  }
}

function fail({ message }) {
  find("status").textContent = `That did not work: ${message}`;
}

function tell(probabilities) {
  const best = probabilities?.indexOf(Math.max(...probabilities));
  find("answer").textContent = best ?? "–";
  rows.forEach((row, digit) => {
    const probability = probabilities?.[digit] ?? 0;
    row.style.setProperty("--share", probability);
    row.lastElementChild.value = probability;
    row.lastElementChild.textContent = probabilities ? `${(100 * probability).toFixed(1)} %` : "";
    row.classList.toggle("best", digit === best);
  });
}

function picture(outputs) {
  for (const stage of stages) {
    if (outputs) showMaps(find(stage), outputs[stage]);
    else clearMaps(find(stage));
  }
}

// Drawing.

let strokes = [];

function redraw() {
  pen.reset();
  pen.strokeStyle = "white";
  pen.scale(pad.width, pad.height);
  pen.lineWidth = 0.08;
  trace(pen, strokes);
  pixels = rasterize(find("seen"), strokes);
  find("known").textContent = "";
  void update();
}

function at({ offsetX, offsetY }) {
  return { x: offsetX / pad.clientWidth, y: offsetY / pad.clientHeight };
}

pad.addEventListener("pointerdown", (event) => {
  if (!event.isPrimary || event.button !== 0) return;
  pad.setPointerCapture(event.pointerId);
  strokes.push([at(event)]);
  redraw();
});
pad.addEventListener("pointermove", (event) => {
  if (!pad.hasPointerCapture(event.pointerId) || strokes.length === 0) return;
  strokes.at(-1).push(at(event));
  redraw();
});

function clear() {
  strokes = [];
  pen.reset();
  show(find("seen"), new Float32Array(PIXELS));
  find("known").textContent = "";
  pixels = undefined;
}

find("clear").addEventListener("click", () => {
  clear();
  void update();
});

// Digits that were held out from training.

/** The elements of a npy file of bytes: they end it. */
async function elements(name, count) {
  const response = await fetch(`../digits/${name}.npy`);
  if (!response.ok) throw new Error(`${name}.npy: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer()).subarray(-count);
}

const held = await Promise.all([elements("digits", DIGITS * PIXELS), elements("labels", DIGITS)]).catch(fail);
let next = 0;

function showNext() {
  const [images, labels] = held;
  clear();
  pixels = Float32Array.from(images.subarray(PIXELS * next, PIXELS * (next + 1)));
  show(find("seen"), pixels);
  pen.drawImage(find("seen"), 0, 0, pad.width, pad.height);
  find("known").textContent = `It is a ${labels[next]}.`;
  next = (next + 1) % DIGITS;
  void update();
}

if (held) {
  find("next").addEventListener("click", showNext);
  showNext();
}
for (const choice of document.querySelectorAll("[name=place]"))
  choice.addEventListener("change", () => {
    told = null;
    find("status").textContent = "Loading …";
    void update();
  });
