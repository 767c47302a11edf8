// Digits as text. A character is twice as high as wide, so it stands for two pixels, one above the other.

const SIZE = 28; // pixels of a side
const INK = 20; // MNIST scales every digit into 20 by 20 pixels, somewhere within the 28
const SHADES = " ░▒▓█";
const MARGIN = 6;

/**
 * Digits side by side. Each has `pixels`, 28 * 28 from 0 to 255, and `captions`, texts to stand under it by their titles;
 * the titles are those of the first digit.
 */
export function draw(digits) {
  const drawn = digits.map(({ pixels }) => shaded(pixels));
  const picture = drawn[0].map((_, row) => ["", drawn.map((rows) => rows[row])]);
  const titles = Object.keys(digits[0].captions);
  const below = titles.map((title) => [title, digits.map(({ captions }) => centred(captions[title]))]);
  return [...picture, ...below].map(([title, parts]) => line(title, parts)).join("\n");
}

function line(title, parts) {
  return (title.padEnd(MARGIN) + parts.join("  ")).trimEnd();
}

function centred(text) {
  return text.padStart((INK + text.length) >> 1).padEnd(INK);
}

function shaded(pixels) {
  const top = corner((y, x) => pixels[y * SIZE + x]);
  const left = corner((x, y) => pixels[y * SIZE + x]);
  return Array.from({ length: INK / 2 }, (_, row) =>
    Array.from({ length: INK }, (_, column) => {
      const at = (top + 2 * row) * SIZE + left + column;
      const grey = (pixels[at] + pixels[at + SIZE]) / 2;
      return SHADES[Math.round((grey / 255) * (SHADES.length - 1))];
    }).join(""),
  );
}

/** The first of the 20 rows that have the ink in their middle; with rows and columns changed over, of the columns. */
function corner(pixel) {
  const inked = range(SIZE).filter((row) => range(SIZE).some((column) => pixel(row, column) > 0));
  const middle = inked.length > 0 ? (inked[0] + inked.at(-1) + 1) / 2 : SIZE / 2;
  return Math.max(0, Math.min(SIZE - INK, Math.floor(middle - INK / 2)));
}

function range(count) {
  return [...Array(count).keys()];
}
