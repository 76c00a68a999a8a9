/** Offers free SOL and a free token on the localnet. These buttons appear on no other cluster. */
import { change } from "../api/request.ts";
import { may, useMe } from "../session.ts";
import { announce } from "./announcer.tsx";
import { ProblemNote } from "./problem.tsx";
import { useAction } from "./use-action.ts";

/** Returns whether the buttons may be shown: on the localnet, to an admin. */
export function useFree(): boolean {
  const me = useMe();
  return me.cluster === "localnet" && may(me, "admin");
}

const LAMPORTS_PER_SOL = 1_000_000_000n;
const AIRDROP_SOL = 50n;
const AIRDROP_LAMPORTS = String(AIRDROP_SOL * LAMPORTS_PER_SOL);

export function AirdropButton({ address, onDone }: { address: string; onDone: () => void }) {
  const { busy, problem, run } = useAction();
  const give = (): Promise<void> =>
    run(async () => {
      await change("/v1/localnet/airdrop", { address, lamports: AIRDROP_LAMPORTS });
      announce(`The wallet got ${AIRDROP_SOL} SOL`);
      onDone();
    });
  return (
    <>
      <button type="button" aria-busy={busy} onClick={give}>
        {busy ? "On its way…" : `Airdrop ${AIRDROP_SOL} SOL`}
      </button>
      {problem && <ProblemNote problem={problem} />}
    </>
  );
}

type Short = { address: string; has: string; needs: string };

/** Gives each wallet that is short of funds a whole number of SOL, at least what it lacks. */
export function FundButton({ short, onDone }: { short: readonly Short[]; onDone: () => void }) {
  const { busy, problem, run } = useAction();
  const give = (): Promise<void> =>
    run(async () => {
      for (const { address, has, needs } of short) {
        const lamports = String(((BigInt(needs) - BigInt(has)) / LAMPORTS_PER_SOL + 1n) * LAMPORTS_PER_SOL);
        await change("/v1/localnet/airdrop", { address, lamports });
      }
      announce("The wallets got what they lacked");
      onDone();
    });
  return (
    <>
      <button type="button" aria-busy={busy} onClick={give}>
        {busy ? "On its way…" : "Airdrop what is missing"}
      </button>
      {problem && <ProblemNote problem={problem} />}
    </>
  );
}

export function NewTokenButton({ onMade }: { onMade: (mint: string) => void }) {
  const { busy, problem, run } = useAction();
  const make = (): Promise<void> =>
    run(async () => {
      const { mint } = await change<{ mint: string }>("/v1/localnet/tokens", {});
      announce("A token was made");
      onMade(mint);
    });
  return (
    <>
      <button type="button" aria-busy={busy} onClick={make}>
        {busy ? "Being made…" : "Make a token to try"}
      </button>
      {problem && <ProblemNote problem={problem} />}
    </>
  );
}
