/** Compares what the example scanner finds with the generator's labels, which the scanner never sees. */
import { scan } from "../../examples/scanner.ts";
import { generate, type Label } from "./generate.ts";

export type Score = {
  readonly open: number;
  /** Open operations of which the scanner put some purchase into a hidden group. */
  readonly openFlagged: readonly string[];
  readonly hidden: number;
  /** Hidden bundles of which it found at least half of the purchases in one group. */
  readonly hiddenFound: number;
  /** Groups that hold a purchase of nobody's operation. */
  readonly strangersFlagged: number;
  readonly missed: readonly string[];
};

export function judge(seed: number, operations: number): Score {
  const { transactions, feed, labels } = generate(seed, operations);
  const groups = scan(transactions, feed).map(({ signatures }) => new Set(signatures));
  const sharesOf = ({ signatures }: Label): number[] =>
    groups.map((group) => signatures.filter((one) => group.has(one)).length / signatures.length);
  const open = labels.filter(({ kind }) => kind === "open");
  const hidden = labels.filter(({ kind }) => kind === "hidden");
  const found = hidden.filter((label) => Math.max(0, ...sharesOf(label)) >= 0.5);
  const labelled = new Set(labels.flatMap(({ signatures }) => signatures));
  return {
    open: open.length,
    openFlagged: open.filter((label) => Math.max(0, ...sharesOf(label)) > 0).map(({ shape }) => shape),
    hidden: hidden.length,
    hiddenFound: found.length,
    strangersFlagged: groups.filter((group) => [...group].some((one) => !labelled.has(one))).length,
    missed: hidden.filter((label) => !found.includes(label)).map(({ shape }) => shape),
  };
}
