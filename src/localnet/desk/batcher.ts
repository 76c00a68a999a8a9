/** Gathers pieces of work that arrive together and carries them out in as few transactions as they fit into. */
import type { Instruction } from "@solana/kit";

/** Requests of one burst arrive within a few milliseconds of each other. */
const GATHER_MS = 15;

type Piece = {
  readonly group: string;
  readonly instructions: readonly Instruction[];
  /** Makes the waiting caller follow the transaction that carries this piece. */
  readonly follow: (landing: Promise<void>) => void;
};

const chunksOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

/**
 * Answers a function that resolves once its instructions have landed, together with others of the same group.
 * @param perTransaction how many pieces fit into one transaction when they share their group's accounts
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
