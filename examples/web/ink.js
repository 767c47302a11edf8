// Strokes as pixels, in the form that MNIST gives its digits: 20 pixels of ink at most either way, and its centre of
// mass in the middle of 28.
const SIZE = 28;
const INK = 20;
const WIDTH = 2.4; // of a stroke, in pixels
const LEAST = 0.1; // of the pad: smaller drawings are not blown up

/** Draws strokes, lists of points from 0 to 1, on a canvas of 28 by 28, and gives its pixels from 0 to 255. */
export function rasterize(canvas, strokes) {
  const points = strokes.flat();
  const [left, right] = extent(points.map(({ x }) => x));
  const [top, bottom] = extent(points.map(({ y }) => y));
  const scale = (INK - WIDTH) / Math.max(right - left, bottom - top, LEAST);
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  const off = centreOfMass(paint(canvas, strokes, scale, middle));
  return paint(canvas, strokes, scale, { x: middle.x + off.x / scale, y: middle.y + off.y / scale });
}

/** Grey pixels from 0 to 255, as many as the canvas has. */
export function show(canvas, pixels) {
  const image = new ImageData(canvas.width, canvas.height);
  pixels.forEach((grey, i) => image.data.set([grey, grey, grey, 255], 4 * i));
  contextOf(canvas).putImageData(image, 0, 0);
}

export function trace(context, strokes) {
  context.lineCap = context.lineJoin = "round";
  for (const [first, ...rest] of strokes) {
    context.beginPath();
    context.moveTo(first.x, first.y);
    // A line of no length is a dot.
    for (const { x, y } of [first, ...rest]) context.lineTo(x, y);
    context.stroke();
  }
}

function paint(canvas, strokes, scale, middle) {
  const context = contextOf(canvas);
  context.reset();
  context.fillRect(0, 0, SIZE, SIZE);
  context.strokeStyle = "white";
  context.translate(SIZE / 2, SIZE / 2);
  context.scale(scale, scale);
  context.translate(-middle.x, -middle.y);
  context.lineWidth = WIDTH / scale;
  trace(context, strokes);
  const { data } = context.getImageData(0, 0, SIZE, SIZE);
  return Float32Array.from({ length: SIZE * SIZE }, (_, i) => data[4 * i]);
}

/** Each image is read twice, so it stays in memory that is read fast. */
function contextOf(canvas) {
  return canvas.getContext("2d", { willReadFrequently: true });
}

/** Where it is from the middle. */
function centreOfMass(pixels) {
  let [mass, x, y] = [0, 0, 0];
  pixels.forEach((grey, i) => {
    mass += grey;
    x += grey * ((i % SIZE) + 0.5 - SIZE / 2);
    y += grey * (Math.floor(i / SIZE) + 0.5 - SIZE / 2);
  });
  return { x: x / mass, y: y / mass };
}

function extent(numbers) {
  return [Math.min(...numbers), Math.max(...numbers)];
}
