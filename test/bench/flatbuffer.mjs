// Just enough of FlatBuffers to write a file: each object stands behind what refers to it, so that all offsets point forward.

/**
 * A number in its place in a table.
 * @typedef {{ size: 1 | 4, put: (view: DataView, at: number) => void }} Scalar
 */

/**
 * What a table or a list refers to: `place` appends it and says where it begins.
 * @typedef {{ place: (out: Output) => number }} Reference
 */

/** A field that is left out has its default. @typedef {Scalar | Reference | undefined} Field */

/** The bytes written so far. */
class Output {
  #bytes = new Uint8Array(1024);
  length = 0;

  get view() {
    return new DataView(this.#bytes.buffer);
  }

  /** Zeros, of which the one at `offset` lies on a multiple of `alignment`; returns where they begin. @param {number} size */
  reserve(size, alignment = 1, offset = 0) {
    const at = this.length + ((alignment - ((this.length + offset) % alignment)) % alignment);
    this.length = at + size;
    if (this.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }

  /** @param {Uint8Array} bytes @param {number} at */
  copy(bytes, at) {
    this.#bytes.set(bytes, at);
  }

  /** Places an object and writes at `from` how far away it is. @param {Reference} object @param {number} from */
  refer(object, from) {
    const to = object.place(this);
    this.view.setUint32(from, to - from, true);
  }

  finished() {
    return this.#bytes.subarray(0, this.length);
  }
}

/** @param {number} value @returns {Scalar} */
export function byte(value) {
  return { size: 1, put: (view, at) => view.setInt8(at, value) };
}

/** @param {number} value @returns {Scalar} */
export function int(value) {
  return { size: 4, put: (view, at) => view.setInt32(at, value, true) };
}

/** @param {number} value @returns {Scalar} */
export function float(value) {
  return { size: 4, put: (view, at) => view.setFloat32(at, value, true) };
}

/** @param {string} value @returns {Reference} */
export function text(value) {
  const bytes = new TextEncoder().encode(value);
  return {
    // A zero ends it.
    place: (out) => vector(out, bytes.length, bytes.length + 1, 4, (at) => out.copy(bytes, at)),
  };
}

/** Bytes of which the first lies on a multiple of `alignment`. @param {Uint8Array} bytes @returns {Reference} */
export function blob(bytes, alignment = 4) {
  return {
    place: (out) => vector(out, bytes.length, bytes.length, alignment, (at) => out.copy(bytes, at)),
  };
}

/** @param {readonly number[]} values @returns {Reference} */
export function ints(values) {
  return {
    place: (out) =>
      vector(out, values.length, 4 * values.length, 4, (at) =>
        values.forEach((value, index) => out.view.setInt32(at + 4 * index, value, true)),
      ),
  };
}

/** @param {readonly Reference[]} objects @returns {Reference} */
export function list(objects) {
  return {
    place: (out) =>
      vector(out, objects.length, 4 * objects.length, 4, (at) =>
        objects.forEach((object, index) => out.refer(object, at + 4 * index)),
      ),
  };
}

/** By the order in which the schema declares its fields. @param {readonly Field[]} fields @returns {Reference} */
export function table(fields) {
  return {
    place: (out) => {
      const slots = out.reserve(4 + 2 * fields.length, 2);
      const at = out.reserve(4, 4);
      out.view.setInt32(at, at - slots, true);
      const places = fields.map((field) => {
        if (!field) return 0;
        const size = "put" in field ? field.size : 4;
        return out.reserve(size, size);
      });
      out.view.setUint16(slots, 4 + 2 * fields.length, true);
      out.view.setUint16(slots + 2, out.length - at, true);
      fields.forEach((field, index) => {
        const place = places[index];
        if (!field) return;
        out.view.setUint16(slots + 4 + 2 * index, place - at, true);
        if ("put" in field) field.put(out.view, place);
        else out.refer(field, place);
      });
      return at;
    },
  };
}

/** @param {Reference} root @param {string} identifier of the kind of file, four letters */
export function flatbuffer(root, identifier) {
  const out = new Output();
  const at = out.reserve(8);
  out.copy(new TextEncoder().encode(identifier), at + 4);
  out.refer(root, at);
  return out.finished();
}

/** @param {Output} out @param {number} count @param {number} size @param {number} alignment @param {(at: number) => void} fill */
function vector(out, count, size, alignment, fill) {
  const at = out.reserve(4 + size, Math.max(alignment, 4), 4);
  out.view.setUint32(at, count, true);
  fill(at + 4);
  return at;
}
