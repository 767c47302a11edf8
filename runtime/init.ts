// The bounds and standard deviations of torch.nn.init. Each is computed in double precision in PyTorch's order of
// operations: an algebraically equal form (1 / sqrt(fanIn) for the weights of Linear) may differ in the last bit,
// and the drawn values then differ too.

/**
 * The number of inputs that one output of a weight sums over: the product of all sizes but the first. Throws if
 * there are fewer than two dimensions.
 */
export function fanIn(shape: readonly number[]): number {
  if (shape.length < 2) throw new RangeError("fan in needs a weight of at least two dimensions");
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

/**
 * The number of outputs that one input of a weight contributes to: the product of all sizes but the second.
 * Throws if there are fewer than two dimensions.
 */
export function fanOut(shape: readonly number[]): number {
  if (shape.length < 2) throw new RangeError("fan out needs a weight of at least two dimensions");
  return shape.slice(2).reduce((product, size) => product * size, shape[0]!);
}

/** The functions that `calculate_gain` accepts. */
export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "conv_transpose1d"
  | "conv_transpose2d"
  | "conv_transpose3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "selu";

/** The gain of each function; that of leaky_relu depends on its slope. */
const gains: Readonly<Record<Nonlinearity, number | undefined>> = {
  linear: 1,
  conv1d: 1,
  conv2d: 1,
  conv3d: 1,
  conv_transpose1d: 1,
  conv_transpose2d: 1,
  conv_transpose3d: 1,
  sigmoid: 1,
  tanh: 5 / 3,
  relu: Math.sqrt(2),
  leaky_relu: undefined,
  selu: 3 / 4,
};

/** The functions that `gainOf` accepts. */
export const nonlinearities: readonly Nonlinearity[] = Object.keys(gains) as Nonlinearity[];

/** `calculate_gain(nonlinearity, slope)`. The slope, default 0.01, is used for leaky_relu only. */
export function gainOf(nonlinearity: Nonlinearity, slope: number = 0.01): number {
  return gains[nonlinearity] ?? Math.sqrt(2 / (1 + slope * slope));
}

/** The standard deviation of `kaiming_normal_` and `kaiming_uniform_`; `a` is the slope of leaky_relu. */
export function kaimingStd(fan: number, a: number = 0, nonlinearity: Nonlinearity = "leaky_relu"): number {
  return gainOf(nonlinearity, a) / Math.sqrt(fan);
}

/** The standard deviation of `xavier_normal_(gain)` and `xavier_uniform_(gain)`. */
export function xavierStd(shape: readonly number[], gain: number = 1): number {
  return gain * Math.sqrt(2 / (fanIn(shape) + fanOut(shape)));
}

/** The b such that values uniform in [-b, b] have this standard deviation. */
export function uniformBound(std: number): number {
  return Math.sqrt(3) * std;
}

/** The b of the weights of Linear and of convolutions, which are uniform in [-b, b]: `kaiming_uniform_(a=sqrt(5))`. */
export function weightBound(fan: number): number {
  return uniformBound(kaimingStd(fan, Math.sqrt(5)));
}

/** The b of the biases of Linear and of convolutions; 0 if there are no inputs. */
export function biasBound(fan: number): number {
  return fan > 0 ? 1 / Math.sqrt(fan) : 0;
}
