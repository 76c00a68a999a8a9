/** Opens a cluster with the real programs, on which tests of venues read markets, buy, and check the results. */
import {
  type Address,
  appendTransactionMessageInstructions,
  compileTransaction,
  createTransactionMessage,
  generateKeyPairSigner,
  getBase64EncodedWireTransaction,
  getBase64Encoder,
  type Instruction,
  type KeyPairSigner,
  lamports,
  partiallySignTransaction,
  pipe,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/kit";
import { getSetComputeUnitLimitInstruction } from "@solana-program/compute-budget";
import { getTokenDecoder } from "@solana-program/token";
import type { Fetched, RawAccount } from "../../src/engine/ports.ts";
import { Cluster } from "../../src/localnet/cluster.ts";
import type { ExecutedTransaction } from "../../src/localnet/execution.ts";
import { MACHINES } from "../../src/localnet/machines.ts";
import type { ProgramsFolder } from "../../src/localnet/programs-folder.ts";
import type { DirectVenue } from "../../src/venues/venue.ts";
import { tokenAccountOf } from "../../src/venues/wrapped-sol.ts";

export const SOL = 1_000_000_000n;

export type Scene = {
  readonly cluster: Cluster;
  wallet(sol?: bigint): Promise<KeyPairSigner>;
  /** Executes a transaction that all signers have signed, in its own block. */
  run(
    payer: KeyPairSigner,
    signers: readonly KeyPairSigner[],
    instructions: readonly Instruction[],
  ): Promise<ExecutedTransaction>;
  fetch(addresses: readonly Address[]): Fetched;
  lamports(owner: Address): bigint;
  tokens(owner: Address, mint: Address): Promise<bigint>;
};

export const openScene = (folder: ProgramsFolder): Scene => {
  // The tests state the rents of Tower's rate.
  const cluster = new Cluster({ ...MACHINES.tower, slotMs: 0, programs: folder.programs });
  const account = (address: Address): RawAccount | null => {
    const found = cluster.account(address);
    return found === null
      ? null
      : { owner: found.owner, lamports: found.lamports, data: new Uint8Array(found.data) };
  };
  return {
    cluster,
    async wallet(sol = 100n) {
      const signer = await generateKeyPairSigner();
      if (sol > 0n) cluster.setBalance(signer.address, lamports(sol * SOL));
      return signer;
    },
    async run(payer, signers, instructions) {
      const message = pipe(
        createTransactionMessage({ version: 0 }),
        (empty) => setTransactionMessageFeePayer(payer.address, empty),
        (paid) =>
          setTransactionMessageLifetimeUsingBlockhash(
            { blockhash: cluster.head("processed").blockhash, lastValidBlockHeight: 0n },
            paid,
          ),
        (lasting) =>
          appendTransactionMessageInstructions(
            [getSetComputeUnitLimitInstruction({ units: 1_400_000 }), ...instructions],
            lasting,
          ),
      );
      const pairs = [payer, ...signers].map(({ keyPair }) => keyPair);
      const transaction = await partiallySignTransaction(pairs, compileTransaction(message));
      const signature = cluster.submit(
        new Uint8Array(getBase64Encoder().encode(getBase64EncodedWireTransaction(transaction))),
      );
      cluster.tick();
      const executed = cluster.history().find((one) => one.signature === signature);
      if (executed === undefined) throw new Error("the transaction was dropped");
      return executed;
    },
    fetch: (addresses) => ({
      slot: cluster.head("processed").slot,
      accounts: new Map(addresses.map((address) => [address, account(address)])),
    }),
    lamports: (owner) => account(owner)?.lamports ?? 0n,
    async tokens(owner, mint) {
      const program = account(mint)?.owner;
      const held = program && account(await tokenAccountOf(owner, mint, program));
      return held ? getTokenDecoder().decode(held.data).amount : 0n;
    },
  };
};

/** Reads the venue's market, after fetching all accounts that the venue requests. */
export const readVenue = async <Market>(
  scene: Scene,
  venue: DirectVenue<Market>,
  mint: Address,
  buyers: readonly Address[] = [],
) => {
  const first = scene.fetch([mint, ...(await venue.accounts(mint))]);
  const named = (await venue.more?.(mint, first)) ?? [];
  const own = (
    await Promise.all(buyers.map(async (buyer) => (await venue.buyerAccounts?.(buyer)) ?? []))
  ).flat();
  const fetched: Fetched = {
    slot: first.slot,
    accounts: new Map([...first.accounts, ...scene.fetch([...named, ...own]).accounts]),
  };
  return { fetched, reading: await venue.read(mint, fetched) };
};
