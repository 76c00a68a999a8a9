/**
 * Defines the Jupiter swap instructions that the policy accepts: the places of their accounts and the layout
 * of their data. The layouts come from the program's published interface. test/venues/jupiter-program.test.ts
 * runs each of them on the program itself.
 */
import { endOfPlan } from "./jupiter-plan.ts";

/**
 * The account that a place must hold. `buyer`, `source` and `destination` belong to the buyer. `nobody` means
 * that an optional account is omitted. `stranger` is an account of the program; it may be any account that is not ours.
 */
export type Place =
  | "buyer"
  | "source"
  | "destination"
  | "destination or nobody"
  | "nobody"
  | "wrapped SOL"
  | "mint"
  | "token program"
  | "token program or nobody"
  | "event authority"
  | "jupiter"
  | "stranger";

export type SwapTerms = {
  readonly lamports: bigint;
  /** The program fails if its last step yields fewer. */
  readonly leastTokens: bigint;
  /** A third party's share of the amount out. `surplusBps` is a share of the amount above the quote. */
  readonly feeBps: number;
  readonly surplusBps: number;
};

export type Route = {
  readonly discriminator: readonly number[];
  readonly places: readonly Place[];
  /**
   * The steps use the buyer's token accounts directly. The program does not check that the last step pays the destination.
   */
  readonly isDirect: boolean;
  /** Returns null if the data cannot be read to the end. @throws {RangeError} if the data end too early */
  read(view: DataView): SwapTerms | null;
};

const DISCRIMINATOR = 8;
const WHOLE_BPS = 10_000n;

const leastOf = (quoted: bigint, slippageBps: number): bigint =>
  quoted - (quoted * BigInt(slippageBps)) / WHOLE_BPS;

/** Version 2: the amounts come first, then the plan. */
const amountsFirst =
  (at: number) =>
  (view: DataView): SwapTerms | null => {
    const slippageBps = view.getUint16(at + 16, true);
    const steps = view.getUint32(at + 22, true);
    if (slippageBps > WHOLE_BPS || steps === 0) return null;
    return {
      lamports: view.getBigUint64(at, true),
      leastTokens: leastOf(view.getBigUint64(at + 8, true), slippageBps),
      feeBps: view.getUint16(at + 18, true),
      surplusBps: view.getUint16(at + 20, true),
    };
  };

/**
 * Version 1: the plan comes first. We refuse bytes after the amounts: the program would not read them, and a
 * correct instruction has none.
 */
const planFirst =
  (planAt: number) =>
  (view: DataView): SwapTerms | null => {
    const at = endOfPlan(view, planAt);
    if (at === null || view.byteLength !== at + 19) return null;
    const slippageBps = view.getUint16(at + 16, true);
    if (slippageBps > WHOLE_BPS) return null;
    return {
      lamports: view.getBigUint64(at, true),
      leastTokens: leastOf(view.getBigUint64(at + 8, true), slippageBps),
      feeBps: view.getUint8(at + 18),
      surplusBps: 0,
    };
  };

export const ROUTES: readonly Route[] = [
  {
    // route_v2
    discriminator: [187, 100, 250, 204, 49, 196, 175, 20],
    // biome-ignore format: one place a column
    places: [
      "buyer", "source", "destination", "wrapped SOL", "mint", "token program", "token program",
      "destination or nobody", "event authority", "jupiter",
    ],
    isDirect: true,
    read: amountsFirst(DISCRIMINATOR),
  },
  {
    // shared_accounts_route_v2
    discriminator: [209, 152, 83, 147, 124, 254, 216, 233],
    // biome-ignore format: one place a column
    places: [
      "stranger", "buyer", "source", "stranger", "stranger", "destination", "wrapped SOL", "mint", "token program",
      "token program", "event authority", "jupiter",
    ],
    isDirect: false,
    read: amountsFirst(DISCRIMINATOR + 1),
  },
  {
    // route
    discriminator: [229, 23, 203, 151, 122, 227, 173, 42],
    // biome-ignore format: one place a column
    places: [
      "token program", "buyer", "source", "destination", "destination or nobody", "mint", "nobody",
      "event authority", "jupiter",
    ],
    isDirect: true,
    read: planFirst(DISCRIMINATOR),
  },
  {
    // shared_accounts_route
    discriminator: [193, 32, 155, 51, 65, 214, 156, 129],
    // biome-ignore format: one place a column
    places: [
      "token program", "stranger", "buyer", "source", "stranger", "stranger", "destination", "wrapped SOL", "mint",
      "nobody", "token program or nobody", "event authority", "jupiter",
    ],
    isDirect: false,
    read: planFirst(DISCRIMINATOR + 1),
  },
];
