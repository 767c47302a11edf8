// The amplifier in the thread of the sound, where there is nothing but ECMAScript. A block of 128 samples is one call
// of the net, with a row for each sample, and the loop makes no garbage: the audio thread would wait for its collection.
import model from "./dist/amp.js";

const TAPS = 32;

class Amplifier extends AudioWorkletProcessor {
  past = new Float32Array(TAPS - 1);
  inputs = { x: model.input("x", [0, TAPS]) };
  outputs = { y: model.output("y", [0, 1]) };

  process([[sound]], [[out]]) {
    // Nothing is connected, or does not play yet.
    if (!sound) return true;
    const samples = sound.length;
    if (this.outputs.y.data.length !== samples) {
      this.inputs = { x: model.input("x", [samples, TAPS]) };
      this.outputs = { y: model.output("y", [samples, 1]) };
    }
    const past = this.past;
    const rows = this.inputs.x.data;
    for (let t = 0; t < samples; t++) {
      for (let k = 0; k < TAPS; k++) {
        const at = t + k - past.length;
        rows[t * TAPS + k] = at < 0 ? past[at + past.length] : sound[at];
      }
    }
    model.run(this.inputs, this.outputs);
    out.set(this.outputs.y.data);
    // Blocks are longer than the past.
    for (let k = 0; k < past.length; k++) past[k] = sound[samples - past.length + k];
    return true;
  }
}

registerProcessor("amplifier", Amplifier);
