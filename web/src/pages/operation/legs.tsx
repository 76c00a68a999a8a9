/** Shows one row for each wallet: its planned amount, its status, its tokens and its price. */
import type { Leg, OperationDetail, Step } from "../../api/types.ts";
import { formatBps, formatPrice } from "../../format/sol.ts";
import { hasLanded, isUnderWay } from "../../format/words.ts";
import { Short } from "../../parts/address.tsx";
import { type Decimals, decimalsOf, Sol, Tokens } from "../../parts/amount.tsx";
import { Empty } from "../../parts/empty.tsx";
import { More, useFold } from "../../parts/fold.tsx";
import { StepBadge } from "../../parts/status.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { againstQuote, legPrices } from "./prices.ts";

const COLUMNS: readonly Column[] = [
  { title: "Leg", number: true },
  "Wallet",
  { title: "SOL", number: true },
  "Status",
  { title: "Tokens", number: true },
  { title: "SOL per token", number: true },
  { title: "To the quote", number: true },
  { title: "Attempts", number: true },
  { title: "Slot", number: true },
  "Signature",
];

const USUAL_LEGS = 10;

const signed = (bps: number): string => `${bps < 0 ? "−" : bps > 0 ? "+" : ""}${formatBps(Math.abs(bps))}`;

type RowProps = { leg: Leg; toQuote: number | null; decimals: Decimals; solDecimals: number };

function Row({
  leg: { leg, address, lamports, status, tokensReceived, attempts, slot, signature },
  toQuote,
  decimals,
  solDecimals,
}: RowProps) {
  const price =
    hasLanded(status) && tokensReceived !== null && decimals != null
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
        <Sol lamports={lamports} aligned={solDecimals} />
      </td>
      <td data-label="Status">
        <StepBadge status={status} />
      </td>
      <td data-label="Tokens" class="number">
        {tokensReceived !== null && <Tokens units={tokensReceived} decimals={decimals} aligned />}
      </td>
      <td data-label="SOL per token" class="number">
        {price}
      </td>
      <td data-label="To the quote" class="number">
        {toQuote === null ? "" : signed(toQuote)}
      </td>
      <td data-label="Attempts" class="number wide">
        {attempts}
      </td>
      <td data-label="Slot" class="number wide">
        {slot}
      </td>
      <td data-label="Signature">{signature && <Short text={signature} what="signature" />}</td>
    </tr>
  );
}

type Props = { operation: OperationDetail; steps: readonly Step[]; decimals: Decimals };

/** The probable number of wallets, so that the plan does not move the page when it arrives. */
const expectedRows = ({ walletIds, weights }: OperationDetail): number =>
  (walletIds ?? weights)?.length ?? USUAL_LEGS;

/** Puts the legs that did not land first, for the case that not all legs are shown. */
const urgentFirst = (legs: readonly Leg[]): readonly Leg[] => [
  ...legs.filter(({ status }) => !hasLanded(status)),
  ...legs.filter(({ status }) => hasLanded(status)),
];

function LegTable({ operation, steps, decimals }: Props) {
  const { legs } = operation;
  const fold = useFold(legs);
  const shown = fold.hidden === 0 ? legs : urgentFirst(legs).slice(0, fold.shown.length);
  const prices = new Map(legPrices({ legs }, steps).map((price) => [price.leg, price]));
  const solDecimals = decimalsOf(legs.map(({ lamports }) => lamports));
  return (
    <Table
      label="Wallets of the operation"
      columns={COLUMNS}
      rows={legs.length === 0 ? null : shown}
      placeholders={expectedRows(operation)}
      row={(leg) => {
        const price = prices.get(leg.leg);
        return (
          <Row
            key={leg.leg}
            leg={leg}
            toQuote={price ? againstQuote(price) : null}
            decimals={decimals}
            solDecimals={solDecimals}
          />
        );
      }}
    >
      <More fold={fold} what="wallets" />
    </Table>
  );
}

export function Legs(props: Props) {
  const { totals, legs, status } = props.operation;
  const isPlanned = legs.length > 0;
  return (
    <section class="block" aria-labelledby="legs-title">
      <div class="panel-head">
        <h2 id="legs-title">Wallets</h2>
        <span class="muted">
          {isPlanned
            ? `${totals.landed} of ${totals.legs} landed`
            : !isUnderWay(status)
              ? "no plan was made"
              : "No plan yet: it is made once the parameters are validated"}
        </span>
      </div>
      {!isPlanned && !isUnderWay(status) ? (
        <Empty title="It ended before any wallet was given a share." />
      ) : (
        <LegTable {...props} />
      )}
    </section>
  );
}
