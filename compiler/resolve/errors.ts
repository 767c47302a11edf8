/** The diagnostics about the meaning of a file, by theme: one function for each message. */
export * from "./errors/arguments.ts";
export * from "./errors/files.ts";
export * from "./errors/flow.ts";
export * from "./errors/names.ts";
export * from "./errors/shapes.ts";
export * from "./errors/values.ts";
