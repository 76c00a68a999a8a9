/** Builds the jobs of tests. A test states only the fields that matter to it. */
import type { CTOJob } from "../../src/contract/types.ts";

/** Tests also pass values that the schema refuses. */
type Changes = { readonly [Field in keyof CTOJob]?: unknown } & { readonly userId: unknown };

/** Returns a valid job: 0.3 SOL over all buyers, who pay for themselves, at whichever venue is best. */
export const buildJob = <const Given extends Changes>(changes: Given) => ({
  userChatId: 1,
  buyAmount: 0.3,
  mode: "prefunded" as const,
  platform: "auto",
  ...changes,
});
