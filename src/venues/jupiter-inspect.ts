/**
 * Checks what Jupiter's instructions may do to our wallets. The answer comes from the network and we are about to
 * sign it, so we decode every instruction, and accept only those that a buy needs.
 *
 * We accept two forms of swap:
 * - the Jupiter program, paid through the buyer's own wrapped-SOL account;
 * - only from the localnet's desk: a plain token transfer into the buyer's token account of at least the promised
 *   amount (a firm quote out of escrow), paid by a visible SOL transfer.
 */
import { type Address, isSignerRole } from "@solana/kit";
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
  parseSyncNativeInstruction,
  parseTransferCheckedInstruction,
  TokenInstruction,
} from "@solana-program/token";
import { checkJupiterSwap, leastTokensOf } from "../policy/jupiter.ts";
import type { BuildAnswer, FullInstruction } from "./jupiter-answer.ts";
import { JUPITER_PROGRAM } from "./jupiter-program.ts";
import { TOKEN_PROGRAMS, WRAPPED_SOL_MINT } from "./token-layout.ts";

/** The buyer and the payer of the buy, and the limits of what it may move. */
export type Bounds = {
  readonly taker: Address;
  readonly payer: Address;
  readonly mint: Address;
  /** The most lamports that may leave the taker. */
  readonly lamports: bigint;
  /** The taker's ATA of the mint. */
  readonly tokenAccount: Address;
  /** The taker's wrapped-SOL ATA. */
  readonly wrappedSolAccount: Address;
  /** The operation's wallets and their token accounts. The swap may name only the taker's. */
  readonly ours: ReadonlySet<Address>;
  /** True if the answer comes from the localnet's own desk, which sells out of escrow. */
  readonly fromDesk: boolean;
};

export type Inspected = {
  /** The mints of the token accounts that the answer creates for the taker, each once. */
  readonly created: ReadonlySet<Address>;
  /** The least amount that the swap's own program enforces, in token base units. */
  readonly leastTokens: bigint;
};

/** The refusal of an answer. The venue converts it into an error with a code. */
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

/** The lamports that a system instruction takes from the taker. We refuse everything except a plain transfer. */
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

type Creation = { readonly mint: Address; readonly account: Address };

const inspectCreation = (instruction: FullInstruction, { taker, payer }: Bounds): Creation => {
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
  return { mint: accounts.mint.address, account: accounts.ata.address };
};

/** No tokens may move outside the swap. The only instructions allowed are those that wrap SOL and unwrap it again. */
const inspectTokenInstruction = (
  instruction: FullInstruction,
  { taker, payer, wrappedSolAccount }: Bounds,
): void => {
  const kind = identifyTokenInstruction(instruction);
  if (kind === TokenInstruction.SyncNative) {
    const { account } = parseSyncNativeInstruction(instruction).accounts;
    if (account.address !== wrappedSolAccount) refuse(`it counts the lamports of ${account.address}`);
    return;
  }
  if (kind !== TokenInstruction.CloseAccount)
    refuse(`a token instruction is not allowed: ${TokenInstruction[kind]}`);
  const { account, destination } = parseCloseAccountInstruction(instruction).accounts;
  if (account.address !== wrappedSolAccount) refuse(`it closes ${account.address}`);
  if (destination.address !== taker && destination.address !== payer)
    refuse("a stranger gets the lamports of a closed account");
};

/** Checks a firm quote. Returns the token units that it transfers. */
const inspectFirmSwap = (swap: FullInstruction, { mint, tokenAccount, ours, fromDesk }: Bounds): bigint => {
  if (!TOKEN_PROGRAMS.includes(swap.programAddress)) refuse(`the swap is done by ${swap.programAddress}`);
  if (!fromDesk) refuse("a firm quote is taken from the localnet's own desk alone");
  if (identifyTokenInstruction(swap) !== TokenInstruction.TransferChecked)
    refuse("the swap is not a checked transfer");
  const { accounts, data } = parseTransferCheckedInstruction(swap);
  if (accounts.destination.address !== tokenAccount || accounts.mint.address !== mint) {
    refuse("the swap does not pay out to the buyer's token account");
  }
  if (ours.has(accounts.source.address)) refuse("the swap pays the buyer with tokens of our own");
  return data.amount;
};

const inspectRoute = (swap: FullInstruction, least: bigint, opened: Set<Address>, bounds: Bounds): bigint => {
  const { taker: buyer, mint, lamports, ours } = bounds;
  const instruction = {
    program: swap.programAddress,
    accounts: swap.accounts.map(({ address: account }) => account),
    data: new Uint8Array(swap.data),
  };
  const wrong = checkJupiterSwap(instruction, {
    buyer,
    mint,
    lamports,
    ours,
    opened,
    source: bounds.wrappedSolAccount,
    destination: bounds.tokenAccount,
    leastTokens: least,
  });
  if (wrong !== null) refuse(`the swap: ${wrong}`);
  return leastTokensOf(instruction) ?? least;
};

/**
 * Checks an account for an intermediate token: the token must be one of the route's, and the swap must use the
 * account.
 */
const inspectHop = ({ mint, account }: Creation, { swapInstruction, routePlan }: BuildAnswer): void => {
  const isOfRoute = routePlan.some(({ swapInfo }) =>
    [swapInfo.inputMint, swapInfo.outputMint].includes(mint),
  );
  const isUsed = swapInstruction.accounts.some(({ address: used }) => used === account);
  if (!isOfRoute || !isUsed) refuse(`it opens ${account}, which the swap has no use for`);
};

/** Checks the instructions around the swap. Returns the token accounts that they open. */
const inspectAround = (answer: BuildAnswer, bounds: Bounds): Creation[] => {
  const creations: Creation[] = [];
  let paid = 0n;
  for (const instruction of aroundOf(answer)) {
    const program = instruction.programAddress;
    if (program === SYSTEM_PROGRAM_ADDRESS)
      paid += inspectPayment(instruction, answer.swapInstruction, bounds);
    else if (program === ASSOCIATED_TOKEN_PROGRAM_ADDRESS)
      creations.push(inspectCreation(instruction, bounds));
    else if (TOKEN_PROGRAMS.includes(program)) inspectTokenInstruction(instruction, bounds);
    else refuse(`program ${program} has no place in a buy`);
  }
  if (paid > bounds.lamports) refuse(`it takes ${paid} lamports instead of ${bounds.lamports}`);
  return creations;
};

const aroundOf = (answer: BuildAnswer): FullInstruction[] => [
  ...answer.setupInstructions,
  ...(answer.cleanupInstruction ? [answer.cleanupInstruction] : []),
  ...answer.otherInstructions,
];

const inspectAll = (answer: BuildAnswer, bounds: Bounds): Inspected => {
  const { swapInstruction: swap, otherAmountThreshold: promised } = answer;
  for (const instruction of [swap, ...aroundOf(answer)]) checkSigners(instruction, bounds);
  const creations = inspectAround(answer, bounds);
  const isOwn = ({ account }: Creation): boolean =>
    account === bounds.tokenAccount || account === bounds.wrappedSolAccount;
  const hops = creations.filter((creation) => !isOwn(creation));
  for (const hop of hops) inspectHop(hop, answer);
  const leastTokens = isJupiter(swap)
    ? inspectRoute(swap, promised, new Set(hops.map(({ account }) => account)), bounds)
    : inspectFirmSwap(swap, bounds);
  if (leastTokens < promised) refuse("the swap transfers less than promised");
  return { created: new Set(creations.map(({ mint }) => mint)), leastTokens };
};

/**
 * Accepts an answer, or throws an error that says what is wrong with it. We cannot see here what the swap's steps do
 * with the buyer's own accounts, so the whole transaction is simulated before it is signed.
 *
 * @throws {Refused} with the reason in words
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
    // The decoders throw on data that is too short or of an unknown kind.
    throw error instanceof Refused
      ? error
      : new Refused("an instruction cannot be decoded", { cause: error });
  }
};
