/** The README's table of what was measured, made of test/bench/RESULTS.md. */
import { format } from "prettier";

type Row = readonly string[];

/** The tables of a section, the head first in each. */
function tablesOf(results: string, heading: string): Row[][] {
  const section = new RegExp(`^## ${heading}\n([^]*?)(?=^## |$(?![^]))`, "m").exec(results)?.[1];
  if (section === undefined) throw new Error(`the results have no section ${heading}`);
  return [...section.matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([table]) => {
    const rows = table.trim().split("\n");
    const cells = rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
    return cells.filter((_, at) => at !== 1);
  });
}

/** Without the noise that stands behind a time. */
function plain(cell: string): string {
  return cell.replace(/ ± .*/, "");
}

/** What is loaded and how long a call takes, by nnc and by the peers that do most of the works. */
export async function measured(results: string): Promise<string> {
  const facts = [...results.matchAll(/^- (.*)$/gm)].map(([, fact]) => fact!);
  const quick = facts.find((fact) => fact.startsWith("--quick"));
  if (quick !== undefined) throw new Error(`these results are not to be quoted: ${quick}`);
  const busy = facts.find((fact) => fact.includes("busy"));
  const [[head, ...works]] = tablesOf(results, "Peers") as [[Row, ...Row[]]];
  const columns = head.flatMap((_, at) => {
    const done = works.filter((work) => work[at] !== "").length;
    return at === 0 || 2 * done < works.length ? [] : [at];
  });
  const names = columns.map((at) => head[at]!);
  const [start] = tablesOf(results, "Start") as [Row[]];
  const [size] = tablesOf(results, "Size") as [Row[]];
  const [, net] = /The net is (.*), 1 row\./.exec(results)!;
  const among = (rows: readonly Row[], name: string, column: number): string => {
    // `jax-js, published unminified`, `nnc: LayerNorm(10) -> PReLU`
    const row = rows.find(([first]) => first!.split(/[,:]/)[0] === name);
    return row === undefined ? "" : plain(row[column]!);
  };
  const rows = [
    ["", ...names],
    [`\`${net}\`: what is loaded, gzipped`, ...names.map((name) => among(size, name, 2))],
    [`\`${net}\`: from import to first result`, ...names.map((name) => among(start, name, 1))],
    ...works.map((work) => [work[0]!, ...columns.map((at) => plain(work[at]!))]),
  ];
  const rule = rows[0]!.map((_, at) => (at === 0 ? ":--" : "--:"));
  const table = [rows[0]!, rule, ...rows.slice(1)].map((row) => `| ${row.join(" | ")} |`).join("\n");
  const [date, machine, node] = facts;
  const source = "`test/bench/RESULTS.md` has the noise, the versions and more rows.";
  const where = [
    `measured on ${date!.split(",")[0]}: ${machine}`,
    node,
    ...(busy === undefined ? [] : [busy]),
  ];
  const text = `Times are of one call, unless the row says otherwise; ${where.join("; ")}. ${source}`;
  return format(`${table}\n\n${text}\n`, { parser: "markdown", printWidth: 110 });
}
