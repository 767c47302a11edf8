// The compiled net with its weights. The page and the worker load the same.
import { create, selfTest } from "./dist/digits.js";

/**
 * `read` takes 28 * 28 pixels from 0 to 255, light on dark, and gives the probabilities of ten digits. `error` is how
 * far this engine is from the recorded numbers, as a share of what rounding explains: at most 1 where it computes right.
 */
export async function load() {
  const response = await fetch(new URL("dist/digits.safetensors", import.meta.url));
  if (!response.ok) throw new Error(`digits.safetensors: ${response.status} ${response.statusText}`);
  const weights = new Uint8Array(await response.arrayBuffer());
  const model = create({ weights });
  return { read: (pixels) => model(pixels).probs.data, error: selfTest({ weights }) };
}
