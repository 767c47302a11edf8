/** One text of a file of the compiler, and what takes its place; `lives` says why a mutation that nothing notices may live. */
export const mutations: readonly {
  readonly file: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly lives?: string;
}[];
