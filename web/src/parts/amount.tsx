/** Amounts with their unit, in figures of equal width. */
import { formatSol, formatUnits } from "../format/sol.ts";

export const Sol = ({ lamports }: { lamports: string | bigint }) => (
  <span class="amount" title={`${String(lamports)} lamports`}>
    {formatSol(lamports)} <abbr title="SOL">SOL</abbr>
  </span>
);

/** Token base units; without known decimals they are shown as such. */
export const Tokens = ({ units, decimals }: { units: string | bigint; decimals: number | null }) => (
  <span class="amount" title={`${String(units)} base units`}>
    {decimals === null ? `${formatUnits(units, 0)} units` : formatUnits(units, decimals)}
  </span>
);
