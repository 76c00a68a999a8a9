/** Shows a user's wallets: their roles, their balances, and which are low. */
import { useState } from "preact/hooks";
import { change } from "../../api/request.ts";
import { isPending, useResource } from "../../api/resource.ts";
import type { Wallet } from "../../api/types.ts";
import { sumUnits } from "../../format/sol.ts";
import { decimalsOf, Sol, Tokens } from "../../parts/amount.tsx";
import { announce } from "../../parts/announcer.tsx";
import { More, useFold } from "../../parts/fold.tsx";
import { AirdropButton, useFree } from "../../parts/localnet.tsx";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { ProblemNote, ReadProblem, Warning } from "../../parts/problem.tsx";
import { Badge } from "../../parts/status.tsx";
import { ACTIONS, type Column, Table } from "../../parts/table.tsx";
import { useAction } from "../../parts/use-action.ts";
import { NoUserChosen, UserPicker, useChosenUser } from "../../parts/user-picker.tsx";
import { WALLET_COLUMNS, WalletCells } from "../../parts/wallet-cells.tsx";
import { may, useMe } from "../../session.ts";
import { GenerateDialog, ImportDialog } from "./add.tsx";
import { FirstWallets, MakeWallets } from "./first-wallets.tsx";
import { type Held, HeldTokenChoice, shortNameOf, useHeldToken } from "./held-token.tsx";
import { whyLow } from "./low.ts";

/** The interval of the reads, ms. Balances change with every operation; each read is one batch. */
const LIVE_MS = 10_000;
const COLUMNS: readonly Column[] = [
  { title: "No.", number: true },
  "Role",
  ...WALLET_COLUMNS,
  "State",
  ACTIONS,
];
const PLACEHOLDERS = 11;

type RowProps = {
  wallet: Wallet;
  decimals: number;
  held: Held;
  mayChange: boolean;
  onToggle: (wallet: Wallet) => void;
};

function HeldCell({ id, held: { token, units } }: { id: string; held: Held }) {
  if (token === null) return null;
  const amount = units?.get(id);
  return (
    <td data-label={shortNameOf(token)} class="number">
      {units === null ? (
        "…"
      ) : amount === undefined ? (
        <span class="muted">not known</span>
      ) : (
        <Tokens units={amount} decimals={token.decimals} aligned />
      )}
    </td>
  );
}

function Row({ wallet, decimals, held, mayChange, onToggle }: RowProps) {
  const { id, position, role, address, label, balance, disabled } = wallet;
  const low = whyLow(wallet);
  return (
    <tr>
      <td data-label="No." class="number">
        {position}
      </td>
      <td data-label="Role">{role}</td>
      <WalletCells address={address} label={label} lamports={balance?.lamports ?? null} decimals={decimals} />
      <HeldCell id={id} held={held} />
      <td data-label="State">
        {disabled ? (
          <Badge tone="off" label="Disabled" />
        ) : low === null ? (
          <Badge tone="good" label="In use" />
        ) : (
          <Badge tone={role === "funding" ? "warn" : "idle"} label={low} />
        )}
      </td>
      <td data-label="">
        {mayChange && (
          <button type="button" class="quiet" onClick={() => onToggle(wallet)}>
            {disabled ? "Enable" : "Disable"} <span class="visually-hidden">wallet {position}</span>
          </button>
        )}
      </td>
    </tr>
  );
}

type NoticesProps = { path: string; wallets: readonly Wallet[]; onDone: () => void };

/** Says what keeps operations from being possible, with the button that mends it. */
function Notices({ path, wallets, onDone }: NoticesProps) {
  const isFree = useFree();
  const funding = wallets.find(({ role }) => role === "funding");
  const buyers = wallets.filter(({ role }) => role === "buyer");
  const low = funding && whyLow(funding);
  const mayMake = may(useMe(), "wallets");
  if (buyers.length === 0)
    return (
      <Warning>
        <p>There is no buyer wallet: no operation is possible.</p>
        {mayMake && <MakeWallets path={path} roles={["buyer"]} onDone={onDone} />}
      </Warning>
    );
  if (low)
    return (
      <Warning>
        <p>The funding wallet has less than 0.1 SOL: standard operations will soon be refused.</p>
        {isFree && <AirdropButton address={funding.address} onDone={onDone} />}
      </Warning>
    );
  if (!funding && buyers.length > 0)
    return (
      <Warning>
        <p>There is no funding wallet: only prefunded operations are possible.</p>
        {mayMake && <MakeWallets path={path} roles={["funding"]} onDone={onDone} />}
      </Warning>
    );
  return null;
}

function WalletTable({
  wallets,
  user,
  held,
  onDone,
}: {
  wallets: Wallet[] | null;
  user: string;
  held: Held;
  onDone: () => void;
}) {
  const me = useMe();
  // The columns stay the same until all that they show has been read.
  // The token's column comes with the rows. In a table that still waits for them, it would move the others.
  const token = held.isReady && wallets !== null ? held.token : null;
  const { problem, run } = useAction();
  const decimals = decimalsOf((wallets ?? []).map(({ balance }) => balance?.lamports ?? 0n));
  const fold = useFold(wallets ?? []);
  const toggle = (wallet: Wallet): void => {
    const verb = wallet.disabled ? "enable" : "disable";
    void run(async () => {
      await change(`/v1/wallets/${encodeURIComponent(wallet.id)}/${verb}`, {});
      announce(`Wallet ${wallet.position} is ${verb}d`);
      onDone();
    });
  };
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      <Table
        label={`Wallets of ${user}`}
        columns={
          token === null ? COLUMNS : COLUMNS.toSpliced(5, 0, { title: shortNameOf(token), number: true })
        }
        rows={wallets && fold.shown}
        placeholders={PLACEHOLDERS}
        row={(wallet) => (
          <Row
            key={wallet.id}
            wallet={wallet}
            decimals={decimals}
            held={held}
            mayChange={may(me, "wallets")}
            onToggle={toggle}
          />
        )}
      >
        <More fold={fold} what="wallets" />
      </Table>
      {wallets && (
        <p class="muted">
          {wallets.length} {wallets.length === 1 ? "wallet" : "wallets"}, together{" "}
          <Sol lamports={sumUnits(wallets.map(({ balance }) => balance?.lamports ?? null))} />
          {token !== null && held.units !== null && (
            <>
              {" and "}
              <Tokens units={sumUnits([...held.units.values()])} decimals={token.decimals} />{" "}
              <Name text={shortNameOf(token)} />
            </>
          )}
          . A disabled wallet takes part in no new operation.
        </p>
      )}
      {wallets && may(me, "operate") && (
        <p class="links">
          <a href={`/app/operations/new?user=${encodeURIComponent(user)}`}>
            New operation with these wallets
          </a>
          <a href={`/app/sweep?user=${encodeURIComponent(user)}`}>Return their SOL</a>
        </p>
      )}
    </>
  );
}

function UserWallets({
  user,
  adding,
  onAdding,
}: {
  user: string;
  adding: Adding;
  onAdding: (adding: Adding) => void;
}) {
  const path = `/v1/users/${encodeURIComponent(user)}/wallets`;
  const read = useResource<{ wallets: Wallet[] }>(`${path}?balances=true`, LIVE_MS);
  const { data, reload } = read;
  const wallets = data?.wallets ?? null;
  const held = useHeldToken(user);
  const dialog = { user, onClose: () => onAdding(null), onDone: reload };
  return (
    <>
      <ReadProblem of={read} />
      {wallets?.length === 0 ? (
        <FirstWallets path={path} onDone={reload} />
      ) : (
        (wallets !== null || isPending(read)) && (
          <WalletTable wallets={held.isReady ? wallets : null} user={user} held={held} onDone={reload} />
        )
      )}
      {wallets !== null && wallets.length > 0 && held.isReady && <HeldTokenChoice held={held} />}
      {/* The notices are below the table. Above it, they would push the table down when they appear. */}
      {wallets && held.isReady && <Notices path={path} wallets={wallets} onDone={reload} />}
      {adding === "generate" && <GenerateDialog {...dialog} />}
      {adding === "import" && <ImportDialog {...dialog} />}
    </>
  );
}

type Adding = "generate" | "import" | null;

export function WalletsPage() {
  const me = useMe();
  const user = useChosenUser();
  const [adding, setAdding] = useState<Adding>(null);
  const actions = user !== "" && may(me, "wallets") && (
    <>
      <button type="button" onClick={() => setAdding("import")}>
        Import…
      </button>
      <button type="button" class="primary" onClick={() => setAdding("generate")}>
        Generate…
      </button>
    </>
  );
  return (
    <Page title="Wallets" actions={actions}>
      <UserPicker page="/app/wallets" />
      {user === "" ? (
        <NoUserChosen of="wallets" />
      ) : (
        <UserWallets key={user} user={user} adding={adding} onAdding={setAdding} />
      )}
    </Page>
  );
}
