/** A token: what it calls itself, said to be unverified, always beside its address. */
import type { TokenLabel } from "../api/types.ts";
import { Short } from "./address.tsx";

/** Symbol and name are strangers' text, which the server has cleaned; `bdi` keeps them out of their surroundings. */
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

type Props = { address: string; label: TokenLabel | null | undefined; ends?: number; brief?: boolean };

export const Token = ({ address, label, ends = 4, brief = false }: Props) => (
  <span class="token">
    <Short text={address} what="token address" ends={ends} />
    {label != null && <TokenName label={label} brief={brief} />}
  </span>
);
