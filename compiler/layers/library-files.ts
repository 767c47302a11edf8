/** Files of blocks that come with the library: `import { RoPE } from "nnc/blocks"`. They are read from nowhere. */

const blocks = `# Encodings of positions: T is the length of a sequence, whose rows have dim numbers.

# Rotary position embedding, Su et al., arXiv:2104.09864, of queries or keys at positions 0, 1, …: pairs of
# numbers are turned by an angle that grows with the position. A pair is number i and number dim / 2 + i, as in
# GPT-NeoX and LLaMA; with interleaved=true it is numbers 2 i and 2 i + 1, as in the paper.
block RoPE(dim, base = 10000, interleaved = false) {
  input x: f32[..., T, dim]
  output [x, Arange(T)] -> RoPEAt(dim, base, interleaved)
}

# The same at any positions, such as those behind a cache of keys.
block RoPEAt(dim, base = 10000, interleaved = false) {
  input x: f32[..., T, dim]
  input position: i32[T]
  half = dim // 2
  angle = position[:, none] * base ** (Arange(half) * (-2 / dim))
  [cosine, sine] = angle -> [Cos, Sin]
  a = x[..., ::2] if interleaved else x[..., :half]
  b = x[..., 1::2] if interleaved else x[..., half:]
  join = (Stack(dim=-1) -> Flatten(-2)) if interleaved else Concat(dim=-1)
  output y = [a * cosine - b * sine, b * cosine + a * sine] -> join
}

# Adds sines and cosines of the position, Vaswani et al., arXiv:1706.03762.
block PositionalEncoding(dim, base = 10000) {
  input x: f32[..., T, dim]
  angle = Arange(T)[:, none] * base ** (Arange(dim // 2) * (-2 / dim))
  waves = angle -> [Sin, Cos] -> Stack(dim=-1) -> Flatten(-2)
  output x + waves
}

# Adds a learnt row for each position, of which there are length.
block LearnedPositions(length, dim) {
  input x: f32[..., T, dim]
  param weight: f32[length, dim] = Normal(std=0.02)
  output x + weight[:T]
}

# What Press et al., arXiv:2108.12409, add to scores of attention, as its attn_mask: each head takes a slope of its
# own off for each step between query and key. The number of heads is a power of two.
block ALiBi(heads) {
  input query: f32[..., L, E]
  input key: f32[..., S, E]
  slope = 2 ** ((Arange(heads) + 1) * (-8 / heads))
  distance = Arange(L)[:, none] - Arange(S)[none, :] -> Abs
  output bias = -slope[:, none, none] * distance
}
`;

/** The texts by what an import calls them. */
export const libraryFiles: ReadonlyMap<string, string> = new Map([["nnc/blocks", blocks]]);
