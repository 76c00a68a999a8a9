/**
 * Re-exports `CTOJob`, the statuses and the results from `contract/`, because the original interface has them in this
 * file.
 */
export * from "../contract/types.ts";
