/** Opens a stage whose localnet has the real programs, and measures its transactions for the conformance tests. */
import type { Address } from "@solana/kit";
import { type LaunchVenue, launchToken, prepareVenues } from "../../src/localnet/launch/index.ts";
import type { ProgramsFolder } from "../../src/localnet/programs-folder.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

export type Kind = "token" | "token-2022";

/** Opens a stage with a token that was launched on the venue's own program. */
export async function openVenueStage(
  folder: ProgramsFolder,
  venue: LaunchVenue,
  kind: Kind,
  options: StageOptions = {},
): Promise<{ stage: Stage; mint: Address }> {
  const stage = await openStage({ ...options, localnet: { ...options.localnet, programs: folder.programs } });
  await prepareVenues(stage.localnet.cluster, folder);
  return { stage, mint: await launchToken(stage.localnet.rpcUrl, venue, kind) };
}

/** Measures the operation's transactions: their size and the compute units that they used. */
export function measure(stage: Stage, after: number): { bytes: number; units: number; failed: number } {
  const executed = stage.localnet.cluster.history().slice(after);
  return {
    bytes: Math.max(...executed.map(({ wire }) => wire.length)),
    units: Math.max(...executed.map(({ unitsConsumed }) => Number(unitsConsumed))),
    failed: executed.filter(({ err }) => err !== null).length,
  };
}
