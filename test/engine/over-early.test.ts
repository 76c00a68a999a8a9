/** Tests that those who sign first do not end the muster for the others, who are still within their time. */
import { expect, it } from "vitest";
import { beat } from "../../src/engine/calls/drive-muster.ts";
import type { Muster } from "../../src/engine/calls/muster.ts";
import { accept, record, release } from "../../src/engine/calls/muster-moves.ts";
import type { Address, Lamports, Signature } from "../../src/engine/ports.ts";
import { bookWith, ENDS, firstRound, NOW, runWith } from "./muster-parts.ts";

const [A, B, C] = ["A", "B", "C"] as Address[] as [Address, Address, Address];

function landed(way: "signs" | "sends"): Muster {
  const handed = firstRound([
    { wallet: A, lamports: 10n as Lamports, way: "signs" },
    { wallet: B, lamports: 10n as Lamports, way },
    { wallet: C, lamports: 10n as Lamports, way },
  ]);
  const sent = record(release(accept(handed, A, "s" as Signature, 1_002n), 1_002n), A, {
    round: 1,
    to: "sent",
  });
  return record(sent, A, { round: 1, to: "finalized", landed: "s" as Signature });
}

const beatAt = (muster: Muster, height: bigint, now = NOW) => {
  const newer = { blockhash: "newer", slot: height + 10n, lastValidBlockHeight: height + 150n };
  const chain = { latestBlockhash: async () => newer };
  return beat(runWith(bookWith(muster).book, chain, { now: () => now }));
};

it.each(["signs", "sends"] as const)(
  "the muster goes on until signing closes, while members of way %s may still ask",
  async (way) => {
    expect(await beatAt(landed(way), 1_005n)).toEqual({ kind: "on" });
    expect(await beatAt(landed(way), 1_090n)).toEqual({ kind: "on" });
    expect(await beatAt(landed(way), 1_091n)).toMatchObject({ kind: "over", landed: true });
    expect(await beatAt(landed(way), 1_005n, ENDS)).toMatchObject({ kind: "over", landed: true });
  },
);
