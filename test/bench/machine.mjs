// What the results depend on beside the code.
import { arch, cpus, platform } from "node:os";
import { version } from "../../dist/compiler/index.js";

/** @param {readonly { name: string, version: string }[]} peers @param {string} date */
export function machine(peers, date) {
  const [cpu, count] = [cpus()[0]?.model ?? "an unknown processor", cpus().length];
  const versions = Object.fromEntries([["nnc", version], ...peers.map((peer) => [peer.name, peer.version])]);
  const command = ["npm run bench", ...process.argv.slice(2)].join(" ").replace("bench ", "bench -- ");
  const { node, v8 } = process.versions;
  return {
    facts: { date, command, cpu, cores: count, platform: platform(), arch: arch(), node, v8, versions },
    lines: [
      `${date}, \`${command}\``,
      `${cpu}, ${count} cores, one thread each; ${platform()} ${arch()}`,
      `Node.js ${node} (V8 ${v8})`,
      Object.entries(versions)
        .map((entry) => entry.join(" "))
        .join(", "),
    ],
  };
}
