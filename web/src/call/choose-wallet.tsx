/** Lists the wallets of this browser, and shows which one is connected. */
import { useAction } from "../parts/use-action.ts";
import { type Connected, choose, connect, leave } from "./account.ts";
import { CallProblem } from "./problem.tsx";
import { type Found, wallets } from "./wallets.ts";

function abilityOf({ unfit, way }: Found): string {
  if (unfit !== null) return `cannot join: ${unfit}`;
  return way === "signs" ? "signs" : "only signs and sends: takes part after the others";
}

function WalletButton({ found, busy, onChoose }: { found: Found; busy: boolean; onChoose: () => void }) {
  return (
    <li>
      <button type="button" class="quiet" disabled={busy || found.unfit !== null} onClick={onChoose}>
        {found.icon !== null && <img src={found.icon} alt="" />}
        <span>
          <bdi>{found.name}</bdi>
          <br />
          <small>{abilityOf(found)}</small>
        </span>
      </button>
    </li>
  );
}

export function ChooseWallet() {
  const { busy, problem, run } = useAction();
  const found = wallets.value;
  if (found.length === 0)
    return (
      <p class="note">
        No wallet of this browser has announced itself. Install one that follows the Wallet Standard, or open
        this page in the browser of your wallet's app.
      </p>
    );
  return (
    <>
      <p>Choose a wallet. Connecting shows its address to this page, and signs nothing.</p>
      <ul class="wallets">
        {found.map((one, at) => (
          <WalletButton
            key={`${at} ${one.name}`}
            found={one}
            busy={busy}
            onChoose={() => void run(() => connect(one))}
          />
        ))}
      </ul>
      <CallProblem of={problem} />
    </>
  );
}

export function ConnectedWallet({ of: { found, account, accounts } }: { of: Connected }) {
  return (
    <div class="row">
      <span>
        <bdi>{found.name}</bdi>: <code>{account.address}</code>
      </span>
      {accounts.length > 1 && (
        <label>
          Account
          <select value={account.address} onChange={({ currentTarget }) => choose(currentTarget.value)}>
            {accounts.map(({ address }) => (
              <option key={address} value={address}>
                {address}
              </option>
            ))}
          </select>
        </label>
      )}
      <button type="button" class="quiet" onClick={leave}>
        Use another wallet
      </button>
    </div>
  );
}
