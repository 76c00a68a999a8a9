/** Collects pieces of work that arrive together, and sends them in as few transactions as possible. */
import type { Instruction } from "@solana/kit";

/** Requests of one burst arrive within a few milliseconds of each other. */
const GATHER_MS = 15;

type Piece = {
  readonly group: string;
  readonly instructions: readonly Instruction[];
  /** Makes the caller's promise follow the transaction that contains this piece. */
  readonly follow: (landing: Promise<void>) => void;
};

const chunksOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

/**
 * Returns a function that resolves when its instructions have landed, in a transaction with others of the same group.
 * @param perTransaction how many pieces fit into one transaction if they share their group's accounts
 */
export const createBatcher = (
  send: (instructions: readonly Instruction[]) => Promise<void>,
  perTransaction: number,
): ((group: string, instructions: readonly Instruction[]) => Promise<void>) => {
  let gathered: Piece[] = [];

  const flush = (): void => {
    const pieces = gathered;
    gathered = [];
    for (const group of new Set(pieces.map((piece) => piece.group))) {
      for (const chunk of chunksOf(
        pieces.filter((piece) => piece.group === group),
        perTransaction,
      )) {
        const landing = send(chunk.flatMap(({ instructions }) => instructions));
        for (const { follow } of chunk) follow(landing);
      }
    }
  };

  return (group, instructions) =>
    new Promise((follow) => {
      if (gathered.length === 0) setTimeout(flush, GATHER_MS);
      gathered.push({ group, instructions, follow });
    });
};
