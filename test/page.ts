/** Pages whose blocks are files and commands, which tests make and run. */

export interface Block {
  /** The language after the fence; empty where there is none. */
  readonly kind: string;
  /** Of a file that the block is. */
  readonly name: string | undefined;
  readonly body: string;
  /** With its fences, as it stands on the page. */
  readonly whole: string;
}

export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\S*)(?: (\S+))?\n([^]*?)^```$/gm)].map(([whole, kind, name, body]) => ({
    kind: kind!,
    name,
    body: body!,
    whole,
  }));
}

/** Files whose names do not stand between their block and the one before it. */
export function unnamedFiles(page: string): string[] {
  let from = 0;
  return blocksOf(page).flatMap(({ name, whole }) => {
    const at = page.indexOf(whole, from);
    const before = page.slice(from, at);
    from = at + whole.length;
    return name === undefined || before.includes(`\`${name}\``) ? [] : [name];
  });
}

/** What of package.json a page asks to run, by `npm run NAME`. */
export function scriptsOf(page: string): string[] {
  return [...page.matchAll(/\bnpm run (\w+)/g)].map(([, name]) => name!);
}

/** The commands of a session, or the lines of a script. */
export function commandsOf({ kind, body }: Block): string[] {
  if (kind !== "console") return body.trimEnd().split("\n");
  const commands = [...body.matchAll(/^\$ (.*)$/gm)].map((match) => match[1]!);
  if (!body.startsWith("$ ")) throw new Error(`a session begins with a command:\n${body}`);
  return commands;
}

/** The session as it goes now, in a block of its own. */
export async function session(
  block: Block,
  output: (command: string) => string | Promise<string>,
): Promise<string> {
  const parts: string[] = [];
  for (const command of commandsOf(block)) parts.push(`$ ${command}\n${await output(command)}`);
  return `\`\`\`console\n${parts.join("")}\`\`\``;
}
