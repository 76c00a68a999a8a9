/**
 * What Jupiter's instructions may do to our wallets. The answer comes from the network and is about to be signed, so
 * every instruction is decoded, and only what a buy needs is let through. Two shapes of swap are accepted:
 * the Jupiter program, paid through the buyer's own wrapped-SOL account; and a plain token transfer into the buyer's
 * token account of at least the promised amount (a firm quote out of escrow), paid by a visible SOL transfer.
 */
import { type Address, isSignerRole, isWritableRole } from "@solana/kit";
import {
  identifySystemInstruction,
  parseTransferSolInstruction,
  SYSTEM_PROGRAM_ADDRESS,
  SystemInstruction,
} from "@solana-program/system";
import {
  ASSOCIATED_TOKEN_PROGRAM_ADDRESS,
  AssociatedTokenInstruction,
  identifyAssociatedTokenInstruction,
  identifyTokenInstruction,
  parseCloseAccountInstruction,
  parseCreateAssociatedTokenIdempotentInstruction,
  parseTransferCheckedInstruction,
  TokenInstruction,
} from "@solana-program/token";
import type { BuildAnswer, FullInstruction } from "./jupiter-answer.ts";
import { JUPITER_PROGRAM } from "./jupiter-program.ts";
import { TOKEN_PROGRAMS, WRAPPED_SOL_MINT } from "./token-layout.ts";

/** Whose buy it is, and where it may move what. */
export type Bounds = {
  readonly taker: Address;
  readonly payer: Address;
  readonly mint: Address;
  /** The most that may leave the taker. */
  readonly lamports: bigint;
  /** The taker's ATA of the mint. */
  readonly tokenAccount: Address;
  /** The taker's wrapped-SOL ATA. */
  readonly wrappedSolAccount: Address;
};

/** The mints of the token accounts that the answer creates for the taker, each once. */
export type Inspected = { readonly created: ReadonlySet<Address> };

/** Thrown within this file's reach only; the venue gives it a code. */
export class Refused extends Error {}

const refuse = (problem: string): never => {
  throw new Refused(problem);
};

const isJupiter = ({ programAddress }: FullInstruction): boolean => programAddress === JUPITER_PROGRAM;

const checkSigners = (instruction: FullInstruction, { taker, payer }: Bounds): void => {
  const foreign = instruction.accounts.find(
    ({ address: account, role }) => isSignerRole(role) && account !== taker && account !== payer,
  );
  if (foreign !== undefined) refuse(`it wants a signature of ${foreign.address}`);
};

/** Lamports that a system instruction takes out of the taker; anything but a plain transfer is refused. */
const inspectPayment = (instruction: FullInstruction, swap: FullInstruction, bounds: Bounds): bigint => {
  if (identifySystemInstruction(instruction) !== SystemInstruction.TransferSol)
    refuse("a system instruction is not a transfer");
  const { accounts, data } = parseTransferSolInstruction(instruction);
  if (accounts.source.address !== bounds.taker) refuse(`it moves lamports of ${accounts.source.address}`);
  if (isJupiter(swap) && accounts.destination.address !== bounds.wrappedSolAccount) {
    refuse(`it pays ${accounts.destination.address} beside the swap`);
  }
  return data.amount;
};

const inspectCreation = (instruction: FullInstruction, { taker, payer }: Bounds): Address => {
  const kind = identifyAssociatedTokenInstruction(instruction);
  if (kind === AssociatedTokenInstruction.RecoverNestedAssociatedToken)
    refuse("it recovers a nested token account");
  // `Create` has the same accounts as `CreateIdempotent`.
  const { accounts } = parseCreateAssociatedTokenIdempotentInstruction({
    ...instruction,
    data: Uint8Array.of(1),
  });
  if (accounts.payer.address !== taker && accounts.payer.address !== payer)
    refuse("a stranger pays for a token account");
  if (accounts.owner.address !== taker) refuse(`it creates a token account for ${accounts.owner.address}`);
  return accounts.mint.address;
};

/** Beside the swap, tokens may not move: the only things needed are to wrap SOL and to unwrap it again. */
const inspectTokenInstruction = (
  instruction: FullInstruction,
  { taker, payer, wrappedSolAccount }: Bounds,
): void => {
  const kind = identifyTokenInstruction(instruction);
  if (kind === TokenInstruction.SyncNative) return;
  if (kind !== TokenInstruction.CloseAccount)
    refuse(`a token instruction is not allowed: ${TokenInstruction[kind]}`);
  const { account, destination } = parseCloseAccountInstruction(instruction).accounts;
  if (account.address !== wrappedSolAccount) refuse(`it closes ${account.address}`);
  if (destination.address !== taker && destination.address !== payer)
    refuse("a stranger gets the lamports of a closed account");
};

const inspectSwap = (swap: FullInstruction, threshold: bigint, { mint, tokenAccount }: Bounds): void => {
  if (isJupiter(swap)) {
    const reached = swap.accounts.some(
      ({ address: account, role }) => account === tokenAccount && isWritableRole(role),
    );
    if (!reached) refuse("the swap does not pay out to the buyer's token account");
    return;
  }
  if (!TOKEN_PROGRAMS.includes(swap.programAddress)) refuse(`the swap is done by ${swap.programAddress}`);
  if (identifyTokenInstruction(swap) !== TokenInstruction.TransferChecked)
    refuse("the swap is not a checked transfer");
  const { accounts, data } = parseTransferCheckedInstruction(swap);
  if (accounts.destination.address !== tokenAccount || accounts.mint.address !== mint) {
    refuse("the swap does not pay out to the buyer's token account");
  }
  if (accounts.source.address === tokenAccount) refuse("the swap pays the buyer with the buyer's own tokens");
  if (data.amount < threshold) refuse("the swap transfers less than promised");
};

const inspectAll = (answer: BuildAnswer, bounds: Bounds): Inspected => {
  const swap = answer.swapInstruction;
  const around = [
    ...answer.setupInstructions,
    ...(answer.cleanupInstruction ? [answer.cleanupInstruction] : []),
    ...answer.otherInstructions,
  ];
  for (const instruction of [swap, ...around]) checkSigners(instruction, bounds);
  inspectSwap(swap, answer.otherAmountThreshold, bounds);
  const created = new Set<Address>();
  let paid = 0n;
  for (const instruction of around) {
    const program = instruction.programAddress;
    if (program === SYSTEM_PROGRAM_ADDRESS) paid += inspectPayment(instruction, swap, bounds);
    else if (program === ASSOCIATED_TOKEN_PROGRAM_ADDRESS) created.add(inspectCreation(instruction, bounds));
    else if (TOKEN_PROGRAMS.includes(program)) inspectTokenInstruction(instruction, bounds);
    else refuse(`program ${program} has no place in a buy`);
  }
  if (paid > bounds.lamports) refuse(`it takes ${paid} lamports instead of ${bounds.lamports}`);
  return { created };
};

/**
 * Lets an answer through, or says what is wrong with it. What the Jupiter program itself does with its accounts is
 * trusted; it enforces the threshold on chain.
 *
 * @throws {Refused} in words
 */
export const inspectAnswer = (answer: BuildAnswer, bounds: Bounds): Inspected => {
  if (answer.inputMint !== WRAPPED_SOL_MINT || answer.outputMint !== bounds.mint)
    refuse("it is about other mints");
  if (answer.inAmount !== bounds.lamports)
    refuse(`it is for ${answer.inAmount} lamports instead of ${bounds.lamports}`);
  if (answer.outAmount === 0n) refuse("it offers nothing");
  if (answer.otherAmountThreshold > answer.outAmount) refuse("its threshold is above its quote");
  if (answer.tipInstruction) refuse("it contains a tip that nobody asked for");
  try {
    return inspectAll(answer, bounds);
  } catch (error) {
    // The decoders throw on data that is too short or of no known kind.
    throw error instanceof Refused
      ? error
      : new Refused("an instruction cannot be decoded", { cause: error });
  }
};
