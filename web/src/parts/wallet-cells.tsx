/** The cells that tables of wallets have in common: the address, the label and the SOL. */
import { Short } from "./address.tsx";
import { Sol } from "./amount.tsx";
import { Name } from "./name.tsx";
import type { Column } from "./table.tsx";

export const WALLET_COLUMNS: readonly Column[] = ["Address", "Label", { title: "SOL", number: true }];

type Props = {
  address: string;
  label: string | null;
  /** Null: not known. */
  lamports: string | null;
  /** The most decimals in the column of SOL. */
  decimals: number;
};

export const WalletCells = ({ address, label, lamports, decimals }: Props) => (
  <>
    <td data-label="Address">
      <Short text={address} what="wallet address" ends={6} />
    </td>
    <td data-label="Label" class="clip">
      <Name text={label} />
    </td>
    <td data-label="SOL" class="number">
      {lamports === null ? (
        <span class="muted">not known</span>
      ) : (
        <Sol lamports={lamports} aligned={decimals} />
      )}
    </td>
  </>
);
