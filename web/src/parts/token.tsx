/** Shows a token's address, and beside it the token's own label, marked as unverified. */
import type { TokenLabel } from "../api/types.ts";
import { Short } from "./address.tsx";

/**
 * Symbol and name are text from strangers, which the server has cleaned. `bdi` isolates their text direction from the
 * surrounding text.
 */
export function TokenName({ label, brief = false }: { label: TokenLabel; brief?: boolean }) {
  const { symbol, name } = label;
  const first = symbol === "" ? name : symbol;
  return (
    <span
      class="token-name"
      title="Anyone may give a token any name. Only the address tells which token it is."
    >
      <bdi>{first}</bdi>
      {!brief && name !== "" && name !== first && <bdi class="muted">“{name}”</bdi>}
      <span class="unverified">unverified</span>
    </span>
  );
}

type Props = {
  address: string;
  label: TokenLabel | null | undefined;
  ends?: number;
  brief?: boolean;
};

export const Token = ({ address, label, ends = 4, brief = false }: Props) => (
  <span class="token">
    <Short text={address} what="token address" ends={ends} />
    {label != null && <TokenName label={label} brief={brief} />}
  </span>
);

/** Shows a token whose label may come while the page is open. Two lines are kept for the label before and after. */
export const ComingToken = ({
  address,
  label,
  isPending,
}: Pick<Props, "address" | "label"> & { isPending: boolean }) => (
  <>
    <Short text={address} what="token address" ends={6} />
    <span class="two-lines">
      {label != null && <TokenName label={label} />}
      {label == null && isPending && <span class="muted">its name is not read yet</span>}
    </span>
  </>
);
