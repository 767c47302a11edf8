/** The diagnostics about the meaning of a file, by theme: one function for each message. */
export * from "./errors/argument-errors.ts";
export * from "./errors/file-errors.ts";
export * from "./errors/flow-errors.ts";
export * from "./errors/name-errors.ts";
export * from "./errors/shape-errors.ts";
export * from "./errors/value-errors.ts";
