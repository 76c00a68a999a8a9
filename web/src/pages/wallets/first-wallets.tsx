/** Shown to a user without wallets: what an operation needs, and a button that makes it. */
import { change } from "../../api/request.ts";
import { announce } from "../../parts/announcer.tsx";
import { Empty } from "../../parts/empty.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { useAction } from "../../parts/use-action.ts";
import { may, useMe } from "../../session.ts";

const BUYERS = 10;

export function FirstWallets({ path, onDone }: { path: string; onDone: () => void }) {
  const me = useMe();
  const { busy, problem, run } = useAction();
  const generate = (): Promise<void> =>
    run(async () => {
      try {
        await change(path, { count: 1, role: "funding" });
        await change(path, { count: BUYERS, role: "buyer" });
        announce(`Made a funding wallet and ${BUYERS} buyer wallets`);
      } finally {
        onDone(); // The first request may have succeeded alone.
      }
    });
  return (
    <Empty title="No wallets yet.">
      <p>
        An operation needs buyer wallets, and in standard mode a funding wallet with SOL, which pays for them.
        {may(me, "wallets") && " “Generate…” makes other numbers of them; “Import…” takes ones that exist."}
      </p>
      {may(me, "wallets") && (
        <button type="button" class="primary" aria-busy={busy} onClick={generate}>
          {busy ? "Being made…" : `Make a funding wallet and ${BUYERS} buyers`}
        </button>
      )}
      {problem && <ProblemNote problem={problem} />}
    </Empty>
  );
}
