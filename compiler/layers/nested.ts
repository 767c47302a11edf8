/** Layers that others are made of: their parameters under a name, their types and their results. */
import type { Tensor } from "../ir/graph/builder.ts";
import { extent, typeText, type TensorType } from "../ir/types.ts";
import type { Args, BodyContext, LayerArg, LayerRecord, ParameterSpec, ShapeContext } from "./record.ts";

/** A layer inside another, whose parameters have its name before theirs. */
export interface Inner extends LayerArg {
  readonly name: string;
}

/** A record with these arguments, and defaults for the others. */
export function inner(name: string, record: LayerRecord, own: Args): Inner {
  const defaults = Object.entries(record.args).flatMap(([arg, spec]) =>
    spec.default === undefined ? [] : [[arg, spec.default] as const],
  );
  return { name, record, args: { ...(Object.fromEntries(defaults) as Args), ...own } };
}

/** The parameters of these layers, in their order. */
export function innerParameters(layers: readonly Inner[]): ParameterSpec[] {
  return layers.flatMap(({ name, record, args }) =>
    (record.parameters?.(args) ?? []).map((spec) => prefixed(spec, name)),
  );
}

/** A parameter of an inner layer as one of the layer around it. */
export function prefixed(spec: ParameterSpec, name: string): ParameterSpec {
  const { init } = spec;
  return {
    ...spec,
    name: `${name}.${spec.name}`,
    init: init.kind === "copy" ? { ...init, of: `${name}.${init.of}` } : init,
  };
}

/** The parameters of an inner layer, by the names that they have there. */
export function ownParameters(
  { name, record, args }: Inner,
  parameters: Readonly<Record<string, Tensor>>,
): Readonly<Record<string, Tensor>> {
  const names = (record.parameters?.(args) ?? []).map((spec) => spec.name);
  return Object.fromEntries(names.map((own) => [own, parameters[`${name}.${own}`]!]));
}

/** The type that an inner layer of one input makes of this one, which must be the same; or the reason why not. */
export function keptType(
  { name, record, args }: Inner,
  x: TensorType,
  context: ShapeContext,
): TensorType | string {
  const results = record.infer([x], args, context);
  if (typeof results === "string") return `its ${name}, ${record.name}: ${results}`;
  const reason = `${name} must keep the shape of ${typeText(x)}, and ${record.name} gives ${results.map(typeText).join(", ")}`;
  const [type] = results;
  if (results.length > 1 || type?.dtype !== x.dtype || type.shape.length !== x.shape.length) return reason;
  for (const [i, size] of type.shape.entries()) {
    const differs = context.equal(extent(size), extent(x.shape[i]!), reason);
    if (differs !== undefined) return differs;
  }
  return type;
}

/** What an inner layer of one input makes of `x`, whose type it keeps. */
export function innerResult(layer: Inner, x: Tensor, context: BodyContext): Tensor {
  return layer.record.body([x], innerContext(layer, context, [x.node.types[x.result]!]))[0]!;
}

/** What the body of an inner layer is given, where its results have these types. */
export function innerContext(
  layer: Inner,
  { b, mode, parameters, update }: BodyContext,
  types: readonly TensorType[],
): BodyContext {
  const { name, args } = layer;
  return {
    b,
    mode,
    args,
    types,
    parameters: ownParameters(layer, parameters),
    update: (path, value) => update(`${name}.${path}`, value),
  };
}
