/** What keys do on a terminal: completion, history, interruption, leaving; and colours. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { historyFile } from "../../compiler/cli/repl/history.ts";
import { folder } from "../cli/support.ts";
import { keys, Terminal } from "./support.ts";

const { enter, tab, up, ctrlC, ctrlU } = keys;

async function opened(env: Readonly<Record<string, string>> = {}): Promise<Terminal> {
  const terminal = new Terminal(env);
  await terminal.shown();
  return terminal;
}

test("Tab completes what is typed, and shows choices", async () => {
  const terminal = await opened();
  await terminal.press(`encoder = Linear(2, 3)${enter}`);
  expect(await terminal.press(`[1, 2] -> enc${tab}`)).toContain("encoder");
  expect(await terminal.press(enter)).toContain("tensor([");
  expect(await terminal.press(`x -> LayerN${tab}`)).toContain("LayerNorm");
  await terminal.press("(10, e");
  const choices = await terminal.press(tab, tab);
  for (const choice of ["elementwise_affine=", "encoder", "eps="]) expect(choices).toContain(choice);
  expect(await terminal.press(`p${tab}`)).toContain("ps=");
  await terminal.press(ctrlU);
  expect(await terminal.press(`.gr${tab}`)).toContain(".graph");
  await terminal.press(ctrlU);
  await terminal.leave();
});

test("Tab knows the lines that are not finished", async () => {
  const terminal = await opened();
  await terminal.press(`m = LayerNorm(10,${enter}`);
  expect(await terminal.press(`ep${tab}`)).toContain("eps=");
  await terminal.press(ctrlC);
  await terminal.leave();
});

test("Ctrl-C leaves a line, and lines that are not finished", async () => {
  const terminal = await opened();
  await terminal.press(`x = [1, 2]${enter}`);
  await terminal.press("x = [3");
  await terminal.press(ctrlC);
  expect(await terminal.press(`x${enter}`)).toContain("tensor([1, 2]");
  expect(await terminal.press(`x = [3,${enter}`)).toContain("... ");
  expect(await terminal.press(ctrlC)).toMatch(/> $/);
  expect(await terminal.press(`x${enter}`)).toContain("tensor([1, 2]");
  expect(await terminal.press(ctrlC)).toContain("Ctrl+D");
  expect(await terminal.leave()).toBe(0);
});

test("Ctrl-C twice, .exit and Ctrl-D leave, with exit code 0 whatever was wrong", async () => {
  for (const way of [`${ctrlC}${ctrlC}`, `.exit${enter}`, ""]) {
    const terminal = await opened();
    expect(await terminal.press(`x -> Foo${enter}`)).toContain("NN3001");
    if (way !== "") await terminal.press(way);
    expect(await terminal.leave()).toBe(0);
  }
});

test(".editor takes several lines at once", async () => {
  const terminal = await opened();
  await terminal.press(`.editor${enter}`);
  await terminal.press(`y = [1, 2]${enter}y${enter}-> Softmax(dim=0)${enter}`);
  expect(await terminal.press(keys.ctrlD)).toContain("tensor([0.2689, 0.7311])");
  await terminal.leave();
});

test("lines are kept from one session to the next", async () => {
  const path = `${folder()}/deep/history`;
  const env = { NNC_HISTORY: path };
  const first = await opened(env);
  await first.press(`[1, 2] -> Softmax(dim=0)${enter}`);
  await first.press(`[3, 4]${enter}`);
  await first.leave();
  expect(readFileSync(path, "utf8").trim().split("\n")).toEqual(["[3, 4]", "[1, 2] -> Softmax(dim=0)"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const second = await opened(env);
  expect(await second.press(`${up}${up}${enter}`)).toContain("tensor([0.2689, 0.7311])");
  await second.leave();
});

test("the history's place: NNC_HISTORY, XDG_STATE_HOME, the home folder", () => {
  const home = folder();
  expect(historyFile({ NNC_HISTORY: `${home}/own`, XDG_STATE_HOME: home })).toBe(`${home}/own`);
  expect(historyFile({ XDG_STATE_HOME: `${home}/state` })).toBe(`${home}/state/nnc/history`);
  expect(existsSync(`${home}/state/nnc/history`)).toBe(true);
  expect(historyFile({ HOME: home })).toBe(`${home}/.nnc_history`);
  expect(historyFile({ NNC_HISTORY: "", HOME: home })).toBeUndefined();
});

test("a history that cannot be written is none, and nothing is said", async () => {
  const home = folder({ file: "no folder" });
  for (const path of [`${home}/file/history`, `${home}`]) {
    const terminal = new Terminal({ NNC_HISTORY: path });
    expect(await terminal.press(`[1, 2]${enter}`)).toMatch(
      /^nnc [^\n]*\n> \[1, 2\]\ntensor\(\[1, 2\].*\n> $/,
    );
    await terminal.leave();
  }
});

test("colours: on a terminal, unless NO_COLOR is set", async () => {
  const wrong = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const terminal = new Terminal(env);
    await terminal.shown();
    return terminal.raw(`x -> Liner(3)${enter}`);
  };
  const coloured = await wrong({ NO_COLOR: "" });
  expect(coloured).toContain("\u001b[31m^^^^^\u001b[39m");
  for (const env of [{ NO_COLOR: "1" }, { NO_COLOR: "", TERM: "dumb" }]) {
    expect(await wrong(env)).not.toContain("\u001b[31m");
  }
});
