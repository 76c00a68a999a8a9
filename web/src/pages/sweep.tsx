/** Previews and starts a sweep, which returns the balances of all of a user's buyer wallets to the funding wallet. */
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { change } from "../api/request.ts";
import { isPending, useResource } from "../api/resource.ts";
import type { SweepPreview } from "../api/types.ts";
import { Short } from "../parts/address.tsx";
import { decimalsOf, Sol } from "../parts/amount.tsx";
import { announce } from "../parts/announcer.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { DialogEnd } from "../parts/dialog-end.tsx";
import { Empty } from "../parts/empty.tsx";
import { More, useFold } from "../parts/fold.tsx";
import { Page } from "../parts/page.tsx";
import { ReadProblem } from "../parts/problem.tsx";
import { SkeletonBlock } from "../parts/skeleton.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { useAction } from "../parts/use-action.ts";
import { NoUserChosen, UserPicker, useChosenUser } from "../parts/user-picker.tsx";
import { WALLET_COLUMNS, WalletCells } from "../parts/wallet-cells.tsx";
import { may, useMe } from "../session.ts";

const pathOf = (user: string): string => `/v1/users/${encodeURIComponent(user)}/sweep`;

type ConfirmProps = { user: string; preview: SweepPreview; onClose: () => void };

function ConfirmDialog({ user, preview, onClose }: ConfirmProps) {
  const sweeping = useAction();
  const { route } = useLocation();
  const sweep = (): Promise<void> =>
    sweeping.run(async () => {
      const { totalLamports } = preview;
      const { id } = await change<{ id: string }>(pathOf(user), { totalLamports });
      announce("Accepted as an operation of its own");
      onClose();
      route(`/app/operations/${encodeURIComponent(id)}`);
    });
  return (
    <Dialog title="Return all SOL to the funding wallet" onClose={onClose}>
      <div class="stack">
        <p>
          {preview.wallets.length} wallets return <Sol lamports={preview.totalLamports} />, each once, in a
          transfer with a public memo. Tokens stay where they are.
        </p>
        <p>If the wallets would return anything else by then, nothing begins, and you look at it again.</p>
        <DialogEnd label="Return it" action={sweeping} onYes={sweep} onClose={onClose} />
      </div>
    </Dialog>
  );
}

const COLUMNS: readonly Column[] = [
  ...WALLET_COLUMNS,
  { title: "Empty token accounts closed", number: true },
];

function Wallets({ wallets }: Pick<SweepPreview, "wallets">) {
  const decimals = decimalsOf(wallets.map(({ lamports }) => lamports));
  const fold = useFold(wallets);
  return (
    <Table
      label="What each wallet returns"
      columns={COLUMNS}
      rows={fold.shown}
      placeholders={0}
      row={({ walletId, address, label, lamports, accounts }) => (
        <tr key={walletId}>
          <WalletCells address={address} label={label} lamports={lamports} decimals={decimals} />
          <td data-label="Accounts" class="number">
            {accounts}
          </td>
        </tr>
      )}
    >
      <More fold={fold} what="wallets" />
    </Table>
  );
}

function Preview({ user }: { user: string }) {
  const me = useMe();
  const preview = useResource<SweepPreview>(pathOf(user));
  const { data } = preview;
  const [asking, setAsking] = useState(false);
  const close = (): void => {
    setAsking(false);
    preview.reload();
  };
  if (isPending(preview)) return <SkeletonBlock lines={4} />;
  if (data === null) return <ReadProblem of={preview} user={user} />;
  if (data.wallets.length === 0)
    return <Empty title="No buyer wallet holds more than the fee of returning it." />;
  return (
    <>
      <ReadProblem of={preview} user={user} />
      <section class="panel" aria-labelledby="sweep-title">
        <h2 id="sweep-title">What would go back now</h2>
        <dl class="facts">
          <div>
            <dt>In all</dt>
            <dd class="figure">
              <Sol lamports={data.totalLamports} />
            </dd>
          </div>
          <div>
            <dt>Fees, paid by the funding wallet, about</dt>
            <dd>
              <Sol lamports={data.feeLamports} />
            </dd>
          </div>
          <div>
            <dt>To the funding wallet</dt>
            <dd>
              <Short text={data.funding} what="funding wallet's address" ends={6} />
            </dd>
          </div>
        </dl>
        {may(me, "operate") && (
          <div class="actions">
            <button type="button" class="primary" onClick={() => setAsking(true)}>
              Return it…
            </button>
          </div>
        )}
      </section>
      <Wallets wallets={data.wallets} />
      {asking && <ConfirmDialog user={user} preview={data} onClose={close} />}
    </>
  );
}

export function SweepPage() {
  const user = useChosenUser();
  return (
    <Page title="Sweep">
      <UserPicker page="/app/sweep" />
      {user === "" ? <NoUserChosen of="wallets" /> : <Preview key={user} user={user} />}
    </Page>
  );
}
