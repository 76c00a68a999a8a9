/** Offers the wallets that an operation needs, to a user who has none of them, or only some. */
import { change } from "../../api/request.ts";
import type { Wallet } from "../../api/types.ts";
import { announce } from "../../parts/announcer.tsx";
import { Empty } from "../../parts/empty.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { useAction } from "../../parts/use-action.ts";
import { may, useMe } from "../../session.ts";

type Role = Wallet["role"];

const COUNTS: Readonly<Record<Role, number>> = { funding: 1, buyer: 10 };
const WORDS: Readonly<Record<Role, string>> = {
  funding: "a funding wallet",
  buyer: `${COUNTS.buyer} buyers`,
};

type Props = { path: string; onDone: () => void };

/** A button that makes the wallets of these roles. It takes one request for each role, and the page may be left between. */
export function MakeWallets({ path, roles, onDone }: Props & { roles: readonly Role[] }) {
  const { busy, problem, run } = useAction();
  const what = roles.map((role) => WORDS[role]).join(" and ");
  const make = (): Promise<void> =>
    run(async () => {
      try {
        for (const role of roles) await change(path, { count: COUNTS[role], role });
        announce(`Made ${what}`);
      } finally {
        onDone(); // The first request may have succeeded alone.
      }
    });
  return (
    <>
      <button type="button" class="primary" aria-busy={busy} onClick={make}>
        {busy ? "Being made…" : `Make ${what}`}
      </button>
      {problem && <ProblemNote problem={problem} />}
    </>
  );
}

export function FirstWallets({ path, onDone }: Props) {
  const mayMake = may(useMe(), "wallets");
  return (
    <Empty title="No wallets yet.">
      <p>
        An operation needs buyer wallets, and in standard mode a funding wallet with SOL, which pays for them.
        {mayMake && " “Generate…” makes other numbers of them; “Import…” takes ones that exist."}
      </p>
      {mayMake && <MakeWallets path={path} roles={["funding", "buyer"]} onDone={onDone} />}
    </Empty>
  );
}
