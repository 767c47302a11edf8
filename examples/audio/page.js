// A chord, plain or through the amplifier. Sound begins with a click: browsers let no page play by itself.
const play = document.querySelector("#play");
const through = document.querySelector("#through");

let context;
let chord;
let amplifier;

async function start() {
  context = new AudioContext();
  await context.audioWorklet.addModule("worklet.js");
  amplifier = new AudioWorkletNode(context, "amplifier", { channelCount: 1, channelCountMode: "explicit" });
  amplifier.connect(context.destination);
  chord = new GainNode(context, { gain: 0.2 });
  for (const frequency of [110, 164.8, 220]) {
    const string = new OscillatorNode(context, { frequency });
    string.connect(chord);
    string.start();
  }
  connect();
}

function connect() {
  chord?.disconnect();
  chord?.connect(through.checked ? amplifier : context.destination);
}

async function toggle() {
  if (!context) await start();
  else if (context.state === "running") await context.suspend();
  else await context.resume();
  play.textContent = context.state === "running" ? "Stop" : "Play";
}

play.addEventListener("click", () => void toggle());
through.addEventListener("change", connect);
