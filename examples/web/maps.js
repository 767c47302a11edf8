// What the stages of the net see, as pictures: one for each channel.
import { show } from "./ink.js";

/** Shows maps, f32 [1, channels, height, width], in the canvases of an element, which are made at first. */
export function showMaps(element, { shape: [, channels, height, width], data }) {
  if (element.childElementCount === 0) {
    element.append(...Array.from({ length: channels }, () => picture(width, height)));
    element.setAttribute("aria-label", `${channels} pictures of ${width} by ${height} pixels`);
  }
  const size = height * width;
  [...element.children].forEach((canvas, i) => show(canvas, greys(data.subarray(size * i, size * (i + 1)))));
}

export function clearMaps(element) {
  for (const canvas of element.children) canvas.getContext("2d").reset();
}

function picture(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

/** From black, the lowest value, to white, the highest. Where all are one, all is black. */
function greys(values) {
  const lowest = Math.min(...values);
  const range = Math.max(...values) - lowest || 1;
  return values.map((value) => (255 * (value - lowest)) / range);
}
