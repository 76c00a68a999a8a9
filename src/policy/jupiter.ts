/**
 * Decodes the aggregator's swap, an instruction that a third party built, and compares it with what was
 * meant. It has no side effects.
 *
 * We tested the program itself to find what it enforces. It fails if the last step yields fewer tokens than
 * the quote less slippage. It does not check which accounts the steps of a direct route take from and pay:
 * the caller must check them. We therefore allow no account of ours except the buyer's source and
 * destination, and those that the transaction opens or proves unharmed. The simulation checks what the steps do with them.
 */
import { type Address, address, type ReadonlyUint8Array } from "@solana/kit";
import { JUPITER_PROGRAM } from "../venues/jupiter-program.ts";
import { pda } from "../venues/pda.ts";
import { TOKEN_PROGRAMS, WRAPPED_SOL_MINT } from "../venues/token-layout.ts";
import { type Place, ROUTES, type Route, type SwapTerms } from "./jupiter-routes.ts";
import { NOT_MARKETS } from "./not-markets.ts";

const ASSOCIATED_TOKEN = address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
/** The program's own account `__event_authority`. */
const EVENT_AUTHORITY = address("D8cy77BBepLMngZx6ZukaTff5hCt1HrWyKk3Hnd9oitf");

/** An instruction of a message. Its accounts are addresses. */
export type SwapInstruction = {
  readonly program: Address;
  readonly accounts: readonly Address[];
  readonly data: ReadonlyUint8Array;
};

/** What the swap must do. */
export type MeantSwap = {
  readonly buyer: Address;
  readonly mint: Address;
  /**
   * The buyer's wrapped-SOL account, which pays. `destination` is the buyer's token account, which receives.
   */
  readonly source: Address;
  readonly destination: Address;
  readonly lamports: bigint;
  readonly leastTokens: bigint;
  /**
   * All our wallets and those of their token accounts that we know. The swap may name only the buyer's own of these.
   */
  readonly ours: ReadonlySet<Address>;
  /** The buyer's accounts of the tokens of the intermediate steps: opened by the transaction, or proved unharmed by it. */
  readonly opened?: ReadonlySet<Address>;
};

const startsWith = (data: ReadonlyUint8Array, bytes: readonly number[]): boolean =>
  data.length >= bytes.length && bytes.every((byte, at) => data[at] === byte);

const stands = (place: Place, account: Address, meant: MeantSwap): boolean => {
  switch (place) {
    case "buyer":
      return account === meant.buyer;
    case "source":
      return account === meant.source;
    case "destination":
      return account === meant.destination;
    case "destination or nobody":
      return account === meant.destination || account === JUPITER_PROGRAM;
    case "nobody":
    case "jupiter":
      return account === JUPITER_PROGRAM;
    case "wrapped SOL":
      return account === WRAPPED_SOL_MINT;
    case "mint":
      return account === meant.mint;
    case "token program":
      return TOKEN_PROGRAMS.includes(account);
    case "token program or nobody":
      return TOKEN_PROGRAMS.includes(account) || account === JUPITER_PROGRAM;
    case "event authority":
      return account === EVENT_AUTHORITY;
    case "stranger":
      return true; // `checkAccounts` checks for every account that it is not ours.
  }
};

const checkAccounts = (
  { places, isDirect }: Route,
  accounts: readonly Address[],
  meant: MeantSwap,
): string | null => {
  if (accounts.length <= places.length) return "it names no market";
  const wrong = places.findIndex((place, at) => !stands(place, accounts[at] as Address, meant));
  if (wrong >= 0) return `account ${wrong + 1} is ${accounts[wrong]}, not the ${places[wrong]}`;
  const allowed = new Set<Address>([meant.buyer, meant.source, meant.destination, ...(meant.opened ?? [])]);
  const ours = accounts.find((account) => meant.ours.has(account) && !allowed.has(account));
  if (ours !== undefined) return `it names ${ours}, which is ours and not for this swap`;
  const power = accounts.find((account) => NOT_MARKETS.has(account));
  if (power !== undefined) return `it names ${power} (${NOT_MARKETS.get(power)}), which no market needs`;
  const steps = accounts.slice(places.length);
  if (isDirect && !steps.includes(meant.destination)) return "no step pays the buyer's token account";
  return null;
};

const checkAmounts = (swap: SwapTerms, meant: MeantSwap): string | null => {
  if (swap.lamports !== meant.lamports)
    return `it swaps ${swap.lamports} lamports instead of ${meant.lamports}`;
  if (swap.leastTokens < meant.leastTokens)
    return `it accepts ${swap.leastTokens} token units instead of ${meant.leastTokens}`;
  if (swap.feeBps !== 0 || swap.surplusBps !== 0) return "it pays somebody a fee";
  return null;
};

type Decoded = { readonly route: Route; readonly swap: SwapTerms };

const decode = ({ program, data }: Pick<SwapInstruction, "program" | "data">): Decoded | null => {
  const route = ROUTES.find(({ discriminator }) => startsWith(data, discriminator));
  if (program !== JUPITER_PROGRAM || route === undefined) return null;
  try {
    const swap = route.read(new DataView(data.buffer, data.byteOffset, data.byteLength));
    return swap === null ? null : { route, swap };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
};

/** Returns the fewest token units that the program accepts, or null if we cannot decode the swap. */
export const leastTokensOf = (instruction: Pick<SwapInstruction, "program" | "data">): bigint | null =>
  decode(instruction)?.swap.leastTokens ?? null;

/**
 * Returns null if the swap does what was meant and names no other account of ours. Otherwise it returns the
 * reason, a phrase for people.
 */
export function checkJupiterSwap(instruction: SwapInstruction, meant: MeantSwap): string | null {
  const decoded = decode(instruction);
  if (decoded === null) return "it is no swap of Jupiter's that can be decoded";
  return checkAccounts(decoded.route, instruction.accounts, meant) ?? checkAmounts(decoded.swap, meant);
}

/** Returns the wallets, and their associated accounts of these mints under both token programs. */
export async function oursAmong(
  wallets: readonly Address[],
  mints: readonly Address[],
): Promise<ReadonlySet<Address>> {
  const accounts = wallets.flatMap((wallet) =>
    mints.flatMap((mint) =>
      TOKEN_PROGRAMS.map((program) =>
        pda(ASSOCIATED_TOKEN, { address: wallet }, { address: program }, { address: mint }),
      ),
    ),
  );
  return new Set([...wallets, ...(await Promise.all(accounts))]);
}
