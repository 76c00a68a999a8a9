/** One row for each wallet: what it was to spend, what became of it, what it got and at which price. */
import type { Leg, OperationDetail, Step } from "../../api/types.ts";
import { formatBps, formatPrice } from "../../format/sol.ts";
import { hasLanded } from "../../format/words.ts";
import { Short } from "../../parts/address.tsx";
import { Sol, Tokens } from "../../parts/amount.tsx";
import { Empty } from "../../parts/empty.tsx";
import { StepBadge } from "../../parts/status.tsx";
import { againstQuote, legPrices } from "./prices.ts";

const COLUMNS = [
  { title: "Leg", number: true },
  { title: "Wallet" },
  { title: "SOL", number: true },
  { title: "Status" },
  { title: "Tokens", number: true },
  { title: "SOL per token", number: true },
  { title: "To the quote", number: true },
  { title: "Attempts", number: true },
  { title: "Slot", number: true },
  { title: "Signature" },
] as const;

const signed = (bps: number): string => `${bps < 0 ? "−" : bps > 0 ? "+" : ""}${formatBps(Math.abs(bps))}`;

type RowProps = { leg: Leg; toQuote: number | null; decimals: number | null };

function Row({
  leg: { leg, address, lamports, status, tokensReceived, attempts, slot, signature },
  toQuote,
  decimals,
}: RowProps) {
  const price =
    hasLanded(status) && tokensReceived !== null && decimals !== null
      ? formatPrice(lamports, tokensReceived, decimals)
      : "";
  return (
    <tr>
      <td data-label="Leg" class="number">
        {leg}
      </td>
      <td data-label="Wallet">
        <Short text={address} what="wallet address" />
      </td>
      <td data-label="Amount" class="number">
        <Sol lamports={lamports} aligned />
      </td>
      <td data-label="Status">
        <StepBadge status={status} />
      </td>
      <td data-label="Tokens" class="number">
        {tokensReceived !== null && <Tokens units={tokensReceived} decimals={decimals} />}
      </td>
      <td data-label="SOL per token" class="number">
        {price}
      </td>
      <td data-label="To the quote" class="number">
        {toQuote === null ? "" : signed(toQuote)}
      </td>
      <td data-label="Attempts" class="number">
        {attempts}
      </td>
      <td data-label="Slot" class="number">
        {slot}
      </td>
      <td data-label="Signature">{signature && <Short text={signature} what="signature" />}</td>
    </tr>
  );
}

type Props = { operation: OperationDetail; steps: readonly Step[]; decimals: number | null };

export function Legs({ operation, steps, decimals }: Props) {
  const prices = new Map(legPrices(operation, steps).map((price) => [price.leg, price]));
  const { landed, legs } = operation.totals;
  return (
    <section class="block" aria-labelledby="legs-title">
      <div class="panel-head">
        <h2 id="legs-title">Wallets</h2>
        <span class="muted">
          {landed} of {legs} landed
        </span>
      </div>
      {operation.legs.length === 0 ? (
        <Empty title="No plan yet.">
          <p>Once the parameters are validated, each wallet's share stands here.</p>
        </Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section class="scroll" tabIndex={0} aria-label="Wallets of the operation">
          <table class="cards">
            <thead>
              <tr>
                {COLUMNS.map((column) => (
                  <th key={column.title} scope="col" class={"number" in column ? "number" : undefined}>
                    {column.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {operation.legs.map((leg) => {
                const price = prices.get(leg.leg);
                return (
                  <Row
                    key={leg.leg}
                    leg={leg}
                    toQuote={price ? againstQuote(price) : null}
                    decimals={decimals}
                  />
                );
              })}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}
