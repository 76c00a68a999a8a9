/** Chooses the wallets that take part, and their shares. Their order is the order of the legs. */
import type { Wallet } from "../../api/types.ts";
import { shorten } from "../../parts/address.tsx";
import { Sol } from "../../parts/amount.tsx";
import { More, useFold } from "../../parts/fold.tsx";
import { Name } from "../../parts/name.tsx";
import type { Draft } from "./draft.ts";

type Props = { draft: Draft; buyers: readonly Wallet[]; onChange: (draft: Draft) => void };

export function WalletChoice({ draft, buyers, onChange }: Props) {
  const { leftOut, skipUnfit, byWeights, weights } = draft;
  const toggle = (id: string): void => {
    const without = leftOut.filter((one) => one !== id);
    onChange({ ...draft, leftOut: leftOut.includes(id) ? without : [...leftOut, id] });
  };
  const fold = useFold(buyers);
  return (
    <div class="wallet-choice">
      <label class="choice">
        <input
          type="checkbox"
          checked={byWeights}
          onChange={(event) => onChange({ ...draft, byWeights: event.currentTarget.checked })}
        />
        <span>Share by weights instead of equally</span>
      </label>
      <label class="choice">
        <input
          type="checkbox"
          checked={skipUnfit}
          onChange={(event) => onChange({ ...draft, skipUnfit: event.currentTarget.checked })}
        />
        <span>Leave out wallets that cannot buy; the others share the whole amount</span>
      </label>
      {fold.hidden > 0 && (
        <div class="actions">
          <button type="button" class="small" onClick={() => onChange({ ...draft, leftOut: [] })}>
            All wallets
          </button>
          <button
            type="button"
            class="small"
            onClick={() => onChange({ ...draft, leftOut: buyers.map(({ id }) => id) })}
          >
            None
          </button>
        </div>
      )}
      <ul>
        {fold.shown.map(({ id, address, label, balance }) => (
          <li key={id}>
            <label class="choice">
              <input type="checkbox" checked={!leftOut.includes(id)} onChange={() => toggle(id)} />
              <span>
                <code title={address}>{shorten(address, 6)}</code> <Name text={label} />
              </span>
            </label>
            {balance && <Sol lamports={balance.lamports} />}
            {byWeights && !leftOut.includes(id) && (
              <input
                type="number"
                min={1}
                aria-label={`Weight of ${shorten(address)}`}
                value={weights[id] ?? "1"}
                onInput={(event) =>
                  onChange({ ...draft, weights: { ...weights, [id]: event.currentTarget.value } })
                }
              />
            )}
          </li>
        ))}
      </ul>
      <More fold={fold} what="wallets" />
    </div>
  );
}
