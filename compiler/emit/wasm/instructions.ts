/**
 * The instructions of WebAssembly that kernels use, and how each is encoded:
 * https://webassembly.github.io/spec/core/binary/instructions.html.
 */

/** What follows an opcode. */
type Immediate = "local" | "function" | "label" | "block" | "memory" | "memory-lane" | "lane" | "i32" | "f32" | "f64" | "v128" | "shuffle"; // prettier-ignore

/**
 * For each instruction its opcode, behind the prefix 0xfc or 0xfd where it has one, what follows it, and the alignment of an
 * access to memory as a power of two. Behind a prefix, opcodes from 0x100 on are those of relaxed vectors:
 * https://github.com/WebAssembly/relaxed-simd.
 */
export const instructions = {
  block: [0x02, "block"],
  loop: [0x03, "block"],
  if: [0x04, "block"],
  else: [0x05],
  end: [0x0b],
  br: [0x0c, "label"],
  br_if: [0x0d, "label"],
  call: [0x10, "function"],
  select: [0x1b],
  "local.get": [0x20, "local"],
  "local.set": [0x21, "local"],
  "local.tee": [0x22, "local"],
  "i32.load": [0x28, "memory", 2],
  "f32.load": [0x2a, "memory", 2],
  "f64.load": [0x2b, "memory", 3],
  "i32.load8_s": [0x2c, "memory", 0],
  "i32.load8_u": [0x2d, "memory", 0],
  "i32.load16_s": [0x2e, "memory", 1],
  "i32.store": [0x36, "memory", 2],
  "f32.store": [0x38, "memory", 2],
  "f64.store": [0x39, "memory", 3],
  "i32.store8": [0x3a, "memory", 0],
  "i32.store16": [0x3b, "memory", 1],
  "i32.const": [0x41, "i32"],
  "f32.const": [0x43, "f32"],
  "f64.const": [0x44, "f64"],
  "i32.eqz": [0x45],
  "i32.eq": [0x46],
  "i32.ne": [0x47],
  "i32.lt_s": [0x48],
  "i32.lt_u": [0x49],
  "i32.le_s": [0x4c],
  "f32.eq": [0x5b],
  "f32.ne": [0x5c],
  "f32.lt": [0x5d],
  "f32.le": [0x5f],
  "f64.eq": [0x61],
  "f64.ne": [0x62],
  "f64.lt": [0x63],
  "f64.le": [0x65],
  "i32.add": [0x6a],
  "i32.sub": [0x6b],
  "i32.mul": [0x6c],
  "i32.div_s": [0x6d],
  "i32.rem_s": [0x6f],
  "i32.and": [0x71],
  "i32.or": [0x72],
  "i32.xor": [0x73],
  "i32.shl": [0x74],
  "i32.shr_s": [0x75],
  "i32.shr_u": [0x76],
  "f32.abs": [0x8b],
  "f32.neg": [0x8c],
  "f32.floor": [0x8e],
  "f32.nearest": [0x90],
  "f32.sqrt": [0x91],
  "f32.add": [0x92],
  "f32.sub": [0x93],
  "f32.mul": [0x94],
  "f32.div": [0x95],
  "f32.min": [0x96],
  "f32.max": [0x97],
  "f64.abs": [0x99],
  "f64.neg": [0x9a],
  "f64.floor": [0x9c],
  "f64.trunc": [0x9d],
  "f64.nearest": [0x9e],
  "f64.sqrt": [0x9f],
  "f64.add": [0xa0],
  "f64.sub": [0xa1],
  "f64.mul": [0xa2],
  "f64.div": [0xa3],
  "f64.min": [0xa4],
  "f64.max": [0xa5],
  "f32.convert_i32_s": [0xb2],
  "f32.demote_f64": [0xb6],
  "f64.convert_i32_s": [0xb7],
  "f64.promote_f32": [0xbb],
  "i32.reinterpret_f32": [0xbc],
  "f32.reinterpret_i32": [0xbe],
  "i32.trunc_sat_f64_u": [0xfc03],
  "v128.load": [0xfd00, "memory", 2],
  "v128.load8x8_s": [0xfd01, "memory", 0],
  "v128.load16x4_s": [0xfd03, "memory", 0],
  "v128.store": [0xfd0b, "memory", 2],
  "v128.const": [0xfd0c, "v128"],
  "i8x16.shuffle": [0xfd0d, "shuffle"],
  "i32x4.splat": [0xfd11],
  "f32x4.splat": [0xfd13],
  "f64x2.splat": [0xfd14],
  "i32x4.extract_lane": [0xfd1b, "lane"],
  "i32x4.replace_lane": [0xfd1c, "lane"],
  "f32x4.extract_lane": [0xfd1f, "lane"],
  "f64x2.extract_lane": [0xfd21, "lane"],
  "i32x4.eq": [0xfd37],
  "i32x4.ne": [0xfd38],
  "i32x4.lt_s": [0xfd39],
  "i32x4.le_s": [0xfd3d],
  "f32x4.eq": [0xfd41],
  "f32x4.ne": [0xfd42],
  "f32x4.lt": [0xfd43],
  "f32x4.le": [0xfd45],
  "f64x2.eq": [0xfd47],
  "f64x2.ne": [0xfd48],
  "f64x2.lt": [0xfd49],
  "f64x2.le": [0xfd4b],
  "v128.not": [0xfd4d],
  "v128.and": [0xfd4e],
  "v128.or": [0xfd50],
  "v128.xor": [0xfd51],
  "v128.bitselect": [0xfd52],
  "v128.load32_lane": [0xfd56, "memory-lane", 0],
  "v128.load64_lane": [0xfd57, "memory-lane", 0],
  "v128.store8_lane": [0xfd58, "memory-lane", 0],
  "v128.store16_lane": [0xfd59, "memory-lane", 0],
  "v128.store32_lane": [0xfd5a, "memory-lane", 0],
  "v128.store64_lane": [0xfd5b, "memory-lane", 0],
  "v128.load32_splat": [0xfd09, "memory", 0],
  "v128.load64_splat": [0xfd0a, "memory", 0],
  "v128.load32_zero": [0xfd5c, "memory", 0],
  "v128.load64_zero": [0xfd5d, "memory", 0],
  "f32x4.demote_f64x2_zero": [0xfd5e],
  "f64x2.promote_low_f32x4": [0xfd5f],
  "i8x16.narrow_i16x8_u": [0xfd66],
  "f32x4.floor": [0xfd68],
  "f32x4.nearest": [0xfd6a],
  "f64x2.floor": [0xfd75],
  "i16x8.narrow_i32x4_u": [0xfd86],
  "i16x8.extend_low_i8x16_u": [0xfd89],
  "f64x2.nearest": [0xfd94],
  "i32x4.abs": [0xfda0],
  "i32x4.neg": [0xfda1],
  "i32x4.extend_low_i16x8_s": [0xfda7],
  "i32x4.extend_low_i16x8_u": [0xfda9],
  "i32x4.shl": [0xfdab],
  "i32x4.shr_s": [0xfdac],
  "i32x4.shr_u": [0xfdad],
  "i32x4.add": [0xfdae],
  "i32x4.sub": [0xfdb1],
  "i32x4.mul": [0xfdb5],
  "i32x4.min_s": [0xfdb6],
  "i32x4.max_s": [0xfdb8],
  "i64x2.extend_low_i32x4_s": [0xfdc7],
  "i64x2.extend_high_i32x4_s": [0xfdc8],
  "f32x4.abs": [0xfde0],
  "f32x4.neg": [0xfde1],
  "f32x4.sqrt": [0xfde3],
  "f32x4.add": [0xfde4],
  "f32x4.sub": [0xfde5],
  "f32x4.mul": [0xfde6],
  "f32x4.div": [0xfde7],
  "f32x4.min": [0xfde8],
  "f32x4.max": [0xfde9],
  "f32x4.pmin": [0xfdea],
  "f32x4.pmax": [0xfdeb],
  "f64x2.abs": [0xfdec],
  "f64x2.neg": [0xfded],
  "f64x2.sqrt": [0xfdef],
  "f64x2.add": [0xfdf0],
  "f64x2.sub": [0xfdf1],
  "f64x2.mul": [0xfdf2],
  "f64x2.div": [0xfdf3],
  "f64x2.min": [0xfdf4],
  "f64x2.max": [0xfdf5],
  "f64x2.pmin": [0xfdf6],
  "f64x2.pmax": [0xfdf7],
  "f32x4.convert_i32x4_s": [0xfdfa],
  "f64x2.convert_low_i32x4_s": [0xfdfe],
  "f32x4.relaxed_madd": [0xfd105],
  "f64x2.relaxed_madd": [0xfd107],
} as const;

export type InstructionName = keyof typeof instructions;

/** The types of values, with their bytes. */
export const valueTypes = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

export type ValueType = keyof typeof valueTypes;

/** An instruction with what follows its opcode. */
export interface Instruction {
  readonly name: InstructionName;
  /** The index of a local or function, the depth of a label, a number, or the lane of a vector. */
  readonly operand?: number;
  /** The bytes of a vector, or the places of a shuffle. */
  readonly bytes?: readonly number[];
  /** The type that a block leaves on the stack. */
  readonly result?: ValueType;
  /** The constant part of a place in memory, in bytes. */
  readonly offset?: number;
}

/** How an instruction is encoded. */
export function instructionRow(name: InstructionName): {
  readonly code: number;
  readonly immediate?: Immediate;
  readonly align: number;
} {
  const [code, immediate, align = 0]: readonly [number, Immediate?, number?] = instructions[name];
  return { code, align, ...(immediate && { immediate }) };
}
