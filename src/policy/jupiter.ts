/**
 * The aggregator's swap: an instruction that a stranger built, decoded and held against what was meant. Pure.
 *
 * What the program enforces and what it does not was found by asking it. It fails where the last step gives fewer tokens
 * than quoted less slippage. It does not look at whom the steps of a direct route take from and pay: their accounts are
 * the caller's affair. Hence no account of ours but the buyer's own two is let in; what the steps do with those is
 * simulated.
 */
import { type Address, address } from "@solana/kit";
import { JUPITER_PROGRAM } from "../venues/jupiter-program.ts";
import { pda } from "../venues/pda.ts";
import { TOKEN_PROGRAMS, WRAPPED_SOL_MINT } from "../venues/token-layout.ts";
import { type Asked, type Place, ROUTES, type Route } from "./jupiter-routes.ts";

const ASSOCIATED_TOKEN = address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
/** The program's own: `__event_authority`. */
const EVENT_AUTHORITY = address("D8cy77BBepLMngZx6ZukaTff5hCt1HrWyKk3Hnd9oitf");

/** An instruction of a message, its accounts as addresses. */
export type SwapInstruction = {
  readonly program: Address;
  readonly accounts: readonly Address[];
  readonly data: Uint8Array;
};

/** What the swap is for. */
export type MeantSwap = {
  readonly buyer: Address;
  readonly mint: Address;
  /** Of the buyer: its wrapped-SOL account, which pays, and its account of the token, which is paid. */
  readonly source: Address;
  readonly destination: Address;
  readonly lamports: bigint;
  readonly leastTokens: bigint;
  /** Every wallet of ours, and those of their token accounts that are known: none but the buyer's two is named. */
  readonly ours: ReadonlySet<Address>;
  /** Accounts of the buyer that the transaction opens for the tokens in between. */
  readonly opened?: ReadonlySet<Address>;
};

const startsWith = (data: Uint8Array, bytes: readonly number[]): boolean =>
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
      return true; // Not ours: that is looked at for every account.
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
  const steps = accounts.slice(places.length);
  if (isDirect && !steps.includes(meant.destination)) return "no step pays the buyer's token account";
  return null;
};

const checkAmounts = (asked: Asked, meant: MeantSwap): string | null => {
  if (asked.lamports !== meant.lamports)
    return `it swaps ${asked.lamports} lamports instead of ${meant.lamports}`;
  if (asked.leastTokens < meant.leastTokens)
    return `it accepts ${asked.leastTokens} token units instead of ${meant.leastTokens}`;
  if (asked.feeBps !== 0 || asked.surplusBps !== 0) return "it pays somebody a fee";
  return null;
};

type Decoded = { readonly route: Route; readonly asked: Asked };

const decode = ({ program, data }: Pick<SwapInstruction, "program" | "data">): Decoded | null => {
  const route = ROUTES.find(({ discriminator }) => startsWith(data, discriminator));
  if (program !== JUPITER_PROGRAM || route === undefined) return null;
  try {
    const asked = route.read(new DataView(data.buffer, data.byteOffset, data.byteLength));
    return asked === null ? null : { route, asked };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
};

/** The fewest token units that the program lets the swap end with; null where it is no swap that we know. */
export const leastTokensOf = (instruction: Pick<SwapInstruction, "program" | "data">): bigint | null =>
  decode(instruction)?.asked.leastTokens ?? null;

/** Null when the swap asks for what was meant and names nothing else of ours; else what is wrong, a phrase for people. */
export function checkJupiterSwap(instruction: SwapInstruction, meant: MeantSwap): string | null {
  const decoded = decode(instruction);
  if (decoded === null) return "it is no swap of Jupiter's that can be decoded";
  return checkAccounts(decoded.route, instruction.accounts, meant) ?? checkAmounts(decoded.asked, meant);
}

/** The wallets, and their associated accounts of these mints under both token programs. */
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
