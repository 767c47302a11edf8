/**
 * The passes that can be left out (`--without`), in their order: the others make forms that later stages need. Names alone,
 * because the command line lists them before it loads any pass.
 */
export const optionalPasses: readonly string[] = [
  "prune",
  "simplify",
  "fold",
  "sink",
  "tabulate",
  "pad",
  "winograd",
  "pack",
  "clip",
  "coalesce",
  "mask",
  "lift",
  "schedule",
];
