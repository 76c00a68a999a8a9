/** Builds swaps as Jupiter does, over one CPMM pool, with each of its four exact-in instructions. */
import type { AccountMeta, Address, Instruction } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { reads, signs, writes } from "../../src/venues/accounts.ts";
import { JUPITER_PROGRAM } from "../../src/venues/jupiter-program.ts";
import { pda } from "../../src/venues/pda.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { tokenAccountOf } from "../../src/venues/wrapped-sol.ts";

export const KINDS = ["route_v2", "shared_accounts_route_v2", "route", "shared_accounts_route"] as const;
export type Kind = (typeof KINDS)[number];

const DISCRIMINATORS: Readonly<Record<Kind, string>> = {
  route_v2: "bb64facc31c4af14",
  shared_accounts_route_v2: "d19853937cfed8e9",
  route: "e517cb977ae3ad2a",
  shared_accounts_route: "c1209b3341d69c81",
};
const CPMM_STEP = 46;
/** The number of the program's authority that holds the intermediate tokens. */
const SHARED_ID = 0;

export const isShared = (kind: Kind): boolean => kind.startsWith("shared");
const isSecond = (kind: Kind): boolean => kind.endsWith("v2");

const bytes = (size: number, value: bigint | number): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer.subarray(0, size);
};

export type Amounts = {
  readonly lamports: bigint;
  readonly quoted: bigint;
  readonly slippageBps: number;
  readonly feeBps?: number;
  readonly surplusBps?: number;
  /** In version 1: the step's variant and its fields, instead of CPMM's. */
  readonly step?: readonly number[];
};

export const swapData = (kind: Kind, amounts: Amounts): Uint8Array => {
  const { lamports, quoted, slippageBps, feeBps = 0, surplusBps = 0, step = [CPMM_STEP] } = amounts;
  const head = [Buffer.from(DISCRIMINATORS[kind], "hex"), ...(isShared(kind) ? [Buffer.of(SHARED_ID)] : [])];
  const plan = Buffer.concat([bytes(4, 1), Buffer.from(step)]);
  const sums = Buffer.concat([bytes(8, lamports), bytes(8, quoted), bytes(2, slippageBps)]);
  return new Uint8Array(
    Buffer.concat(
      isSecond(kind)
        ? [...head, sums, bytes(2, feeBps), bytes(2, surplusBps), plan, bytes(2, 10_000), Buffer.of(0, 1)]
        : [...head, plan, Buffer.of(100, 0, 1), sums, bytes(1, feeBps)],
    ),
  );
};

export type Swap = {
  readonly kind: Kind;
  readonly buyer: Address;
  readonly mint: Address;
  readonly tokenProgram: Address;
  /** The market's program and accounts, the same as for a direct swap by the buyer. */
  readonly steps: readonly AccountMeta[];
};

/** Returns the program's authority and its accounts for wrapped SOL and for the token. */
export const sharedAccounts = async ({ mint, tokenProgram }: Pick<Swap, "mint" | "tokenProgram">) => {
  const authority = await pda(JUPITER_PROGRAM, "authority", Uint8Array.of(SHARED_ID));
  return {
    authority,
    source: await tokenAccountOf(authority, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS),
    destination: await tokenAccountOf(authority, mint, tokenProgram),
  };
};

export const buyersAccounts = async ({ buyer, mint, tokenProgram }: Omit<Swap, "kind" | "steps">) => ({
  source: await tokenAccountOf(buyer, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS),
  destination: await tokenAccountOf(buyer, mint, tokenProgram),
});

type BuiltSwap = Instruction & { readonly accounts: readonly AccountMeta[]; readonly data: Uint8Array };

export async function swapInstruction(swap: Swap, amounts: Amounts): Promise<BuiltSwap> {
  const { kind, buyer, mint, tokenProgram } = swap;
  const own = await buyersAccounts(swap);
  const shared = await sharedAccounts(swap);
  const nobody = reads(JUPITER_PROGRAM);
  const tail = [reads(await pda(JUPITER_PROGRAM, "__event_authority")), nobody];
  const [token, wrappedMint, tokenMint] = [
    reads(TOKEN_PROGRAM_ADDRESS),
    reads(WRAPPED_SOL_MINT),
    reads(mint),
  ];
  const theirs = [writes(shared.source), writes(shared.destination)];
  const [from, to] = [writes(own.source), writes(own.destination)];
  const heads: Record<Kind, AccountMeta[]> = {
    // biome-ignore format: as the program's interface lists them
    route_v2: [signs(buyer), from, to, wrappedMint, tokenMint, token, reads(tokenProgram), nobody, ...tail],
    // biome-ignore format: see above
    shared_accounts_route_v2: [
      reads(shared.authority), signs(buyer), from, ...theirs, to, wrappedMint, tokenMint, token, reads(tokenProgram), ...tail,
    ],
    route: [token, signs(buyer), from, to, nobody, tokenMint, nobody, ...tail],
    // biome-ignore format: see above
    shared_accounts_route: [
      token, reads(shared.authority), signs(buyer), from, ...theirs, to, wrappedMint, tokenMint, nobody,
      tokenProgram === TOKEN_PROGRAM_ADDRESS ? nobody : reads(tokenProgram), ...tail,
    ],
  };
  const inPlaceOf = new Map<Address, Address>([
    [buyer, shared.authority],
    [own.source, shared.source],
    [own.destination, shared.destination],
  ]);
  const steps = isShared(kind)
    ? swap.steps.map(({ address, role }) => {
        const theirOwn = inPlaceOf.get(address);
        return theirOwn === undefined ? { address, role } : { address: theirOwn, role: (role & 1) as 0 | 1 };
      })
    : swap.steps;
  return {
    programAddress: JUPITER_PROGRAM,
    accounts: [...heads[kind], ...steps],
    data: swapData(kind, amounts),
  };
}
