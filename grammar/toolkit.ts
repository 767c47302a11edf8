/**
 * Chevrotain, from the bundle inside its package. The usual entry loads hundreds of small files of lodash-es,
 * which takes some 400 ms where the bundle takes 16: more than all else that a short run does. The package's
 * `exports` do not name the bundle, so it is found beside the entry; where it is not (another layout, a
 * bundler that has no `import.meta.resolve`), the usual entry serves.
 */
import type * as Chevrotain from "chevrotain";

type Api = typeof Chevrotain;

async function load(): Promise<Api> {
  try {
    const bundle = new URL("../chevrotain.min.mjs", import.meta.resolve("chevrotain")).href;
    return (await import(/* @vite-ignore */ bundle)) as Api;
  } catch {
    return import("chevrotain");
  }
}

const api = await load();

export const CstParser: Api["CstParser"] = api.CstParser;
export const Lexer: Api["Lexer"] = api.Lexer;
export const EOF: Api["EOF"] = api.EOF;
export const createToken: Api["createToken"] = api.createToken;
export const tokenMatcher: Api["tokenMatcher"] = api.tokenMatcher;
export type { CstNode, IRecognitionException, IToken, TokenType } from "chevrotain";
