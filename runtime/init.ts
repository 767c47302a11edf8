// The bounds of PyTorch's default initialisation. Each is computed in double in torch.nn.init's order of operations:
// an algebraically equal form (1 / sqrt(fanIn) for the weights of Linear) can differ in the last bit, and then so do
// the values drawn.

/** Inputs that one output of a weight sums over: all sizes but the first, multiplied. Throws below two dimensions. */
export function fanIn(shape: readonly number[]): number {
  if (shape.length < 2) throw new RangeError("fan in needs a weight of at least two dimensions");
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

/** Outputs that one input of a weight adds to: all sizes but the second, multiplied. Throws below two dimensions. */
export function fanOut(shape: readonly number[]): number {
  if (shape.length < 2) throw new RangeError("fan out needs a weight of at least two dimensions");
  return shape.slice(2).reduce((product, size) => product * size, shape[0]!);
}

/**
 * The b of `kaiming_uniform_(a)`, which draws from [-b, b]. With the default `a`, sqrt(5), it is the bound of the
 * weights of Linear and of convolutions.
 */
export function kaimingUniformBound(fan: number, a: number = Math.sqrt(5)): number {
  const gain = Math.sqrt(2 / (1 + a ** 2));
  const std = gain / Math.sqrt(fan);
  return Math.sqrt(3) * std;
}

/** The bound of the biases of Linear and of convolutions; 0 where there are no inputs. */
export function biasBound(fan: number): number {
  return fan > 0 ? 1 / Math.sqrt(fan) : 0;
}

/** The b of `xavier_uniform_(gain)`, which draws from [-b, b]. */
export function xavierUniformBound(shape: readonly number[], gain: number = 1): number {
  const std = gain * Math.sqrt(2 / (fanIn(shape) + fanOut(shape)));
  return Math.sqrt(3) * std;
}
