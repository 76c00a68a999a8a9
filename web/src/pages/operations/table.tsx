/** Shows the list: one row for each operation. On a narrow screen, each row becomes a small card. */
import type { ListedOperation } from "../../api/types.ts";
import { outcomeOf } from "../../format/outcome.ts";
import { isSweep, sweepOutcome } from "../../format/sweep.ts";
import { dateAndClock } from "../../format/time.ts";
import { Short } from "../../parts/address.tsx";
import { decimalsOf, Sol } from "../../parts/amount.tsx";
import { Name } from "../../parts/name.tsx";
import { Progress } from "../../parts/progress.tsx";
import { OperationBadge } from "../../parts/status.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Token } from "../../parts/token.tsx";
import { PAGE_SIZE } from "./filters.ts";

const Row = ({ operation, decimals }: { operation: ListedOperation; decimals: number }) => {
  const outcome = isSweep(operation)
    ? sweepOutcome(operation.status, operation.progress, { landed: operation.landed, all: operation.legs })
    : outcomeOf(operation);
  const {
    id,
    status,
    userId,
    tokenAddress,
    tokenLabel,
    mode,
    buyLamports,
    venue,
    platform,
    createdAt,
    partial,
  } = operation;
  return (
    <tr>
      <td data-label="Operation">
        <Short text={id} what="operation id" ends={6} href={`/app/operations/${id}`} />
      </td>
      <td data-label="Status">
        <OperationBadge status={status} partial={partial} />
      </td>
      <td data-label="Wallets">
        <Progress
          value={outcome.percent}
          label={`Progress of ${id}`}
          text={outcome.text}
          tone={outcome.tone}
        />
      </td>
      <td data-label="Amount" class="number">
        <Sol lamports={buyLamports} aligned={decimals} />
      </td>
      <td data-label="Token">
        {isSweep(operation) ? "a sweep" : <Token address={tokenAddress} label={tokenLabel} brief />}
      </td>
      <td data-label="Venue" class="wide">
        {!isSweep(operation) && (venue ?? <span class="muted">{platform}</span>)}
      </td>
      <td data-label="Mode" class="wide">
        {mode}
      </td>
      <td data-label="User" class="clip" title={userId}>
        <Name text={userId} />
      </td>
      <td data-label="Created">
        <time dateTime={createdAt}>{dateAndClock(createdAt)}</time>
      </td>
    </tr>
  );
};

const COLUMNS: readonly Column[] = [
  "Operation",
  "Status",
  "Wallets",
  { title: "SOL", number: true },
  "Token",
  "Venue",
  "Mode",
  "User",
  "Created",
];

export function OperationTable({ operations }: { operations: readonly ListedOperation[] | null }) {
  const decimals = decimalsOf((operations ?? []).map(({ buyLamports }) => buyLamports));
  return (
    <Table
      label="Operations"
      class="operations"
      columns={COLUMNS}
      rows={operations}
      placeholders={PAGE_SIZE}
      row={(operation) => <Row key={operation.id} operation={operation} decimals={decimals} />}
    />
  );
}
