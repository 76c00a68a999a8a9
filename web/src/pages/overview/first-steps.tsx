/** Shows a new installation's first steps in order, and which of them are done, until there is an operation. */
import { isPending, useResource } from "../../api/resource.ts";
import type { ListedOperation, UserPage, Wallet } from "../../api/types.ts";
import { Icon } from "../../parts/icon.tsx";
import { may, useMe } from "../../session.ts";
import { whyLow } from "../wallets/low.ts";

/** The interval of the reads, ms, so that what is done in another tab is marked here. */
const LIVE_MS = 5_000;

type Step = { readonly text: string; readonly href: string; readonly label: string; readonly done: boolean };

type FirstSteps = {
  /** Whether the page must wait: the steps stand above all else, and would push it down. */
  readonly areDue: boolean;
  /** Empty if there was an operation, however long ago. */
  readonly steps: readonly Step[];
};

/** @param isQuiet whether the last day had no operation; null while that is not known */
export function useFirstSteps(isQuiet: boolean | null): FirstSteps {
  const me = useMe();
  const isAdmin = may(me, "admin");
  const isQuietNow = isQuiet === true;
  const operations = useResource<{ operations: ListedOperation[] }>(
    isQuietNow ? "/v1/operations?limit=1" : null,
    LIVE_MS,
  );
  const isNew = isQuietNow && operations.data?.operations.length === 0;
  const users = useResource<UserPage>(isNew && isAdmin ? "/v1/users?limit=1" : null, LIVE_MS);
  const user = me.key.userId ?? users.data?.users[0]?.id;
  const read = useResource<{ wallets: Wallet[] }>(
    isNew && user !== undefined ? `/v1/users/${encodeURIComponent(user)}/wallets?balances=true` : null,
    LIVE_MS,
  );
  if (!isNew) return { areDue: isQuietNow && isPending(operations), steps: [] };
  const areDue = (isAdmin && isPending(users)) || (user !== undefined && isPending(read));
  const wallets = read.data?.wallets ?? [];
  const funding = wallets.find(({ role }) => role === "funding");
  const query = user === undefined ? "" : `?user=${encodeURIComponent(user)}`;
  const isLocalnet = me.cluster === "localnet";
  const all: readonly (Step & { readonly shown: boolean })[] = [
    {
      shown: isAdmin,
      text: "Add a user. Operations, wallets and limits belong to one.",
      href: "/app/users",
      label: "Add a user",
      done: user !== undefined,
    },
    {
      shown: may(me, "wallets"),
      text: "Make wallets: one that pays, and as many as shall buy.",
      href: `/app/wallets${query}`,
      label: "Make wallets",
      done: funding !== undefined && wallets.some(({ role }) => role === "buyer"),
    },
    {
      shown: true,
      text: isLocalnet
        ? "Give the funding wallet SOL. It is free here: the page of the wallets has a button."
        : "Send SOL to the funding wallet's address.",
      href: `/app/wallets${query}`,
      label: "Fund the wallet",
      done: funding?.balance != null && whyLow(funding) === null,
    },
    {
      shown: may(me, "operate"),
      text: isLocalnet
        ? "Create an operation. Its page makes a token to try, if you have none."
        : "Create an operation.",
      href: `/app/operations/new${query}`,
      label: "Create an operation",
      done: false,
    },
  ];
  return { areDue, steps: all.filter(({ shown }) => shown) };
}

export function FirstStepsPanel({ steps }: { steps: readonly Step[] }) {
  const next = steps.find(({ done }) => !done);
  return (
    <section class="panel" aria-labelledby="first-title">
      <h2 id="first-title">The first operation</h2>
      <ol class="first-steps">
        {steps.map((step) => (
          <li
            key={step.label}
            class={step.done ? "done" : ""}
            aria-current={step === next ? "step" : undefined}
          >
            <Icon name={step.done ? "good" : "idle"} />
            <span>
              {step.text}
              {step.done && <span class="visually-hidden"> Done.</span>}
            </span>
            {step === next && (
              <a class="button primary small" href={step.href}>
                {step.label}
              </a>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
