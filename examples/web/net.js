// The compiled net, which carries its weights. The page and the worker load the same.
import model, { selfTest } from "./dist/convnet.js";

/** Takes 28 * 28 pixels from 0 to 255, light on dark, and gives the outputs of `convnet.nn`. */
export const read = (pixels) => model(pixels);

/**
 * How far this engine is from the recorded numbers, as a share of what rounding explains: at most 1 where it computes
 * right.
 */
export const error = selfTest();
