// The runtime beside compiled models: tensors, printing and reading them, and PyTorch's random numbers.

export {
  arrayFor,
  arrayDtype as dtypeOf,
  dtypes,
  integerRange,
  isDtype,
  isTypedArray,
  itemSize,
  pythonName,
} from "./array-dtype.ts";
export type { ArrayDtype as Dtype, TypedArray, TypedArrayConstructor } from "./array-dtype.ts";
export { sizeOf, tensor, toNested } from "./tensor.ts";
export type { Nested, NestedArray, Tensor } from "./tensor.ts";
export { formatTensor } from "./format-tensor.ts";
export {
  loadSafetensors,
  metadataOf,
  SafetensorsError,
  safetensorsMetadata,
  saveSafetensors,
} from "./safetensors.ts";
export type { SafetensorsErrorKind, SaveOptions } from "./safetensors.ts";
export { loadNpy, NpyError, saveNpy } from "./npy.ts";
export type { NpyErrorKind } from "./npy.ts";
export {
  bernoulli,
  bernoulliOf,
  Generator,
  normal,
  randint,
  randperm,
  truncatedNormal,
  uniform,
} from "./random.ts";
export type { GeneratorOptions } from "./random.ts";
export {
  biasBound,
  fanIn,
  fanOut,
  gainOf,
  kaimingStd,
  nonlinearities,
  uniformBound,
  weightBound,
  xavierStd,
} from "./init.ts";
export type { Nonlinearity } from "./init.ts";
