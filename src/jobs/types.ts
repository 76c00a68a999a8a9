/** The original interface's place for `CTOJob`, the statuses and the results: see `contract/`. */
export * from "../contract/types.ts";
