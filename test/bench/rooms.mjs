// A process for the peers of each package, with nnc in it. Some peers change the engine for all code beside them: once a
// buffer has been detached, as when the memory of a wasm module grows, V8 looks at each access to any typed array
// whether its buffer is still there, which costs nnc a quarter of its speed.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { packages } from "./peers/index.mjs";

/**
 * A peer computes something else than nnc, or a work fails: there is nothing to compare then.
 * @typedef {{ name: string, version: string }} Known @typedef {{ name: string, reason: string }} Missing
 */
export class Disagreement extends Error {}

/** @returns {Promise<Room[]>} */
export async function openRooms() {
  const rooms = [];
  for (const name of packages) {
    const room = new Room(name);
    await room.open();
    rooms.push(room);
  }
  return rooms;
}

export class Room {
  /** @type {Known[]} */
  peers = [];
  /** @type {Missing[]} */
  missing = [];
  /** @readonly */
  #child;

  /** @param {string} name of a package */
  constructor(name) {
    const path = fileURLToPath(new URL("turns.mjs", import.meta.url));
    // JSON, the default, has no NaN.
    this.#child = fork(path, [name], { execArgv: ["--expose-gc"], serialization: "advanced" });
  }

  async open() {
    const { peers, missing } = await this.#answer();
    this.peers = peers;
    this.missing = missing;
  }

  /** @param {string} work @param {import("./peers/nnc.mjs").Target | "both"} target @param {import("./measure.mjs").Effort} effort @returns {Promise<import("./compare.mjs").Outcome>} */
  async compare(work, target, effort) {
    this.#child.send({ work, target, effort });
    const { outcome, failure } = await this.#answer();
    if (failure !== undefined) throw new Disagreement(failure);
    return outcome;
  }

  close() {
    this.#child.kill();
  }

  /** @returns {Promise<any>} */
  #answer() {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Disagreement("a process of the bench ended before its time"));
      this.#child.once("exit", ended);
      this.#child.once("message", (message) => {
        this.#child.off("exit", ended);
        resolve(message);
      });
    });
  }
}
