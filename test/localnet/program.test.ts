/**
 * Tests that a real program's binary runs on the localnet. The binaries are not part of the project; without them this
 * test is skipped.
 */
import { existsSync } from "node:fs";
import { address } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { Cluster } from "../../src/localnet/cluster.ts";
import { fundedSigner, memo, send, signed } from "./support.ts";

const PROGRAMS = new URL("../../../shared/programs/", import.meta.url);
const PUMP = {
  address: address("6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P"),
  path: new URL("pump.so", PROGRAMS).pathname,
};
const present = existsSync(PUMP.path);
if (!present) console.warn(`skipped: no program binaries in ${PROGRAMS.pathname}`);

describe("a loaded program", () => {
  it.skipIf(!present)("is executable, and its own error comes back", async () => {
    const cluster = new Cluster({ slotMs: 0, programs: [PUMP] });
    expect(cluster.account(PUMP.address)?.executable).toBe(true);
    const payer = await fundedSigner(cluster);
    const call = { programAddress: PUMP.address, accounts: [], data: new Uint8Array(8) };
    send(
      cluster,
      await signed(payer, cluster.head("processed").blockhash, [call, memo("unknown instruction")]),
    );
    cluster.tick();
    const [landed] = cluster.history();
    // Anchor's InstructionFallbackNotFound. The program itself reported that it does not have such an
    // instruction.
    expect(landed?.err).toEqual({ InstructionError: [0, { Custom: 101 }] });
    expect(landed?.logs.join()).toContain("InstructionFallbackNotFound");
  });

  it("is refused when its file is not there", () => {
    const programs = [{ address: PUMP.address, path: "/nowhere/pump.so" }];
    expect(() => new Cluster({ programs })).toThrow(
      expect.objectContaining({ code: "CTO_E_LOCALNET_FAILED" }),
    );
  });
});
