/** Converts the result of a simulated seed to receipts and to a recorded chain for an RPC endpoint. */
import { createHash } from "node:crypto";
import {
  type Address,
  appendTransactionMessageInstruction,
  type Base64EncodedWireTransaction,
  type Blockhash,
  compileTransaction,
  createTransactionMessage,
  getBase58Decoder,
  getBase64EncodedWireTransaction,
  pipe,
  type Signature,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/kit";
import { getAddMemoInstruction } from "@solana-program/memo";
import type { Block, Landing } from "../../sim/cluster.ts";
import type { Scenario } from "../../sim/scenario.ts";
import { simulate } from "../../sim/simulate.ts";
import { ACCOUNT_BYTES, readTransaction, type SimTransaction } from "../../sim/transaction.ts";
import type { World } from "../../sim/world.ts";
import type { Leg, Operation, Step } from "../../src/engine/ports.ts";
import { walletMinimum } from "../../src/engine/ports.ts";
import { createReceipt, type Receipt } from "../../src/receipts/index.ts";
import type { RecordedChain } from "./chain-server.ts";

const MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";
const SYSTEM_PROGRAM = "11111111111111111111111111111111";

const base58 = getBase58Decoder();
const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Converts the simulator's names to addresses and signatures in Solana's format. */
const addressOf = (name: string): Address => base58.decode(hashOf(name)) as Address;
const signatureOf = (name: string): Signature =>
  base58.decode(Buffer.concat([hashOf(name), hashOf(`${name}.`)])) as Signature;

/** Builds real transaction bytes with the same payer and memo, because a receipt reads the payer from them. */
function wireOf({ feePayer, memo, blockhash }: SimTransaction): Base64EncodedWireTransaction {
  const message = pipe(
    createTransactionMessage({ version: 0 }),
    (draft) => setTransactionMessageFeePayer(addressOf(feePayer), draft),
    (draft) =>
      setTransactionMessageLifetimeUsingBlockhash(
        { blockhash: blockhash as Blockhash, lastValidBlockHeight: 1n },
        draft,
      ),
    (draft) => appendTransactionMessageInstruction(getAddMemoInstruction({ memo }), draft),
  );
  return getBase64EncodedWireTransaction(compileTransaction(message));
}

const stepOf = (step: Step): Step => ({
  ...step,
  attempts: step.attempts.map((attempt) => ({
    ...attempt,
    signature: signatureOf(attempt.signature),
    wire: wireOf(readTransaction(attempt.wire)),
  })),
});

const legOf = (leg: Leg): Leg => ({ ...leg, address: addressOf(leg.address) });

const operationOf = (operation: Operation): Operation => ({
  ...operation,
  request: { ...operation.request, tokenAddress: addressOf(operation.request.tokenAddress) },
});

/** Returns the blocks of the final fork, oldest first. */
function blocksOf({ cluster }: World): Block[] {
  const blocks: Block[] = [];
  for (let at: Block | null = cluster.view(0).tip; at !== null; at = at.parent) blocks.push(at);
  return blocks.reverse();
}

const systemData = (kind: number, ...values: readonly bigint[]): string => {
  const data = Buffer.alloc(4 + 8 * values.length);
  data.writeUInt32LE(kind, 0);
  for (const [at, value] of values.entries()) data.writeBigUInt64LE(value, 4 + 8 * at);
  return base58.decode(data);
};

/** Returns a transaction as `getTransaction` does with the encoding `json`. */
function transactionOf(
  { transaction, failed, changes }: Landing,
  slot: number,
  heldBefore: bigint,
): { readonly view: unknown; readonly addresses: readonly string[] } {
  const { feePayer, memo, memoSigner, transfers, mint, tokens, fee } = transaction;
  const signers = [...new Set([feePayer, ...transfers.map(({ from }) => from), memoSigner])];
  const others = changes.map(({ address }) => address).filter((address) => !signers.includes(address));
  const names = [...new Set([...signers, ...others])];
  const accountKeys = [...names.map(addressOf), SYSTEM_PROGRAM, MEMO_PROGRAM, addressOf("venue")];
  const [system, memoAt, venue] = [names.length, names.length + 1, names.length + 2];
  const balances = (which: "before" | "after"): number[] => [
    ...names.map((name) => Number(changes.find(({ address }) => address === name)?.[which] ?? 0n)),
    1,
    1,
    1,
  ];
  const account = changes.find(({ tokenOwner }) => tokenOwner !== undefined);
  const at = account === undefined ? -1 : names.indexOf(account.address);
  const isOpened = account !== undefined && !failed && account.before === 0n;
  const opening = systemData(0, account?.after ?? 0n, BigInt(ACCOUNT_BYTES));
  const held = (amount: bigint): unknown[] => [
    {
      accountIndex: at,
      mint: addressOf(mint ?? ""),
      owner: addressOf(memoSigner),
      uiTokenAmount: { amount: String(amount), decimals: 6 },
    },
  ];
  const view = {
    slot,
    meta: {
      err: failed ? { InstructionError: [0, { Custom: 1 }] } : null,
      fee: Number(fee),
      preBalances: balances("before"),
      postBalances: balances("after"),
      preTokenBalances: mint === null || (account?.before ?? 0n) === 0n ? [] : held(heldBefore),
      postTokenBalances: mint === null || failed ? [] : held(heldBefore + tokens),
      innerInstructions: isOpened
        ? [
            {
              index: transfers.length,
              instructions: [{ programIdIndex: system, accounts: [0, at], data: opening }],
            },
          ]
        : [],
    },
    transaction: {
      signatures: [signatureOf(transaction.signature), ...signers.slice(1).map((one) => signatureOf(one))],
      message: {
        accountKeys,
        header: { numRequiredSignatures: signers.length },
        instructions: [
          ...transfers.map(({ from, to, lamports }) => ({
            programIdIndex: system,
            accounts: [names.indexOf(from), names.indexOf(to)],
            data: systemData(2, lamports),
          })),
          { programIdIndex: venue, accounts: [], data: "" },
          {
            programIdIndex: memoAt,
            accounts: [names.indexOf(memoSigner)],
            data: base58.decode(Buffer.from(memo)),
          },
        ],
      },
    },
  };
  return { view, addresses: names.map(addressOf) };
}

function chainOf(world: World): RecordedChain {
  const blocks = blocksOf(world);
  const chain: RecordedChain = {
    histories: {},
    transactions: {},
    decimals: {},
    walletMinimum: Number(walletMinimum(blocks.at(-1)?.ledger ?? world.cluster.machine)),
  };
  const held = new Map<string, bigint>();
  for (const { slot, landings } of blocks) {
    for (const landing of landings) {
      const { transaction, failed } = landing;
      const account = `${transaction.mint} ${transaction.memoSigner}`;
      const before = held.get(account) ?? 0n;
      const { view, addresses } = transactionOf(landing, slot, before);
      if (!failed) held.set(account, before + transaction.tokens);
      const signature = signatureOf(transaction.signature);
      chain.transactions[signature] = view;
      const line = {
        signature,
        slot,
        err: failed ? { InstructionError: [0, { Custom: 1 }] } : null,
        memo: `[${transaction.memo.length}] ${transaction.memo}`,
      };
      for (const address of addresses) chain.histories[address] = [line, ...(chain.histories[address] ?? [])];
      if (transaction.mint !== null) chain.decimals[addressOf(transaction.mint)] = 6;
    }
  }
  return chain;
}

async function receiptsOf({ journal }: World, { accepted }: Scenario): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for (const { id } of accepted) {
    const operation = await journal.readOperation(id);
    if (operation === null) continue;
    const legs = (await journal.readLegs(id)).map(legOf);
    const steps = (await journal.readSteps(id)).map(stepOf);
    receipts.push(createReceipt(operationOf(operation), legs, steps));
  }
  return receipts;
}

export type Simulated = { readonly receipts: readonly Receipt[]; readonly chain: RecordedChain };

export async function simulated(seed: number): Promise<Simulated> {
  const results: Simulated[] = [];
  await simulate({
    seed,
    onEnd: async (world, scenario) => {
      results.push({ receipts: await receiptsOf(world, scenario), chain: chainOf(world) });
    },
  });
  const [only] = results;
  if (only === undefined) throw new Error(`seed ${seed} has left nothing`);
  return only;
}
