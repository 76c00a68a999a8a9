/**
 * Tests the chain layer against a real SVM behind real JSON-RPC: a composed and signed transaction is sent, lands and
 * is seen.
 */
import { randomBytes } from "node:crypto";
import { type Address, getBase58Decoder, lamports, type Signature } from "@solana/kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readWire } from "../../src/base/wire.ts";
import { createChain, type SolanaChain } from "../../src/chain/index.ts";
import type {
  Evidence,
  SignedTransaction,
  TransactionDraft,
  UnsignedTransaction,
  Wallet,
} from "../../src/engine/ports.ts";
import { type Localnet, MACHINES, startLocalnet } from "../../src/localnet/index.ts";
import { createKeyring } from "../../src/wallets/keyring.ts";
import { createSecretBox } from "../../src/wallets/secret-box.ts";
import { fundedSigner, signedV1, transfer as transferOf } from "../localnet/support.ts";
import { unjudged } from "../support/unjudged.ts";
import { directoryOf, SECRET, sealedWallet } from "../wallets/parts.ts";

const SOL = 1_000_000_000n;
const RENT = 890_880n;

let localnet: Localnet;
let chain: SolanaChain;
const box = createSecretBox(SECRET);

beforeAll(async () => {
  localnet = await startLocalnet({ slotMs: 40 });
  chain = createChain({
    urls: [localnet.rpcUrl],
    webSocketUrl: localnet.wsUrl,
    requestsPerSecond: Number.POSITIVE_INFINITY,
    blockhashFreshMs: 200,
    retryBaseMs: 20,
  });
});
afterAll(async () => {
  chain?.close();
  await localnet?.close();
});

/** A funding wallet with 10 SOL and new buyers, with a keyring that knows them. */
async function wallets(buyers: number) {
  const entries = await Promise.all(
    Array.from({ length: buyers + 1 }, (_, index) => sealedWallet(box, `w${index}`)),
  );
  const keyring = createKeyring({ directory: directoryOf(entries).directory, secretBox: box });
  const [funding, ...rest] = entries.map(({ wallet }) => wallet) as [Wallet, ...Wallet[]];
  localnet.cluster.setBalance(funding.address, lamports(10n * SOL));
  return { keyring, funding, buyers: rest };
}

async function transfer(from: Address, to: Address, amount: bigint, leg = 1): Promise<UnsignedTransaction> {
  const draft: TransactionDraft = {
    feePayer: from,
    transfers: [{ from, to, lamports: lamports(amount) }],
    setup: [],
    swap: [],
    memo: { text: `cto:1:op:fund:${leg}/9`, signer: to },
    cleanup: [],
    computeUnitLimit: 60_000,
    computeUnitPrice: 1000n,
    lifetime: await chain.latestBlockhash(),
    lookupTables: {},
  };
  return chain.compose(draft);
}

/** Signed and sent transfers of 0.1 SOL, one for each new buyer. */
async function sendTransfers(count: number): Promise<{ sent: SignedTransaction[]; buyers: Wallet[] }> {
  const { keyring, funding, buyers } = await wallets(count);
  const sent = await Promise.all(
    buyers.map(async (buyer, index) => {
      const unsigned = await transfer(funding.address, buyer.address, SOL / 10n, index + 1);
      return await keyring.sign(unjudged(unsigned), [funding.id, buyer.id]);
    }),
  );
  for (const { wire } of sent) expect(await chain.broadcast(wire, { preflight: true })).toBe("sent");
  return { sent, buyers };
}

describe("the chain on a localnet", () => {
  test("ten transfers land, and one confirmer sees them with few polls", async () => {
    const before = chain.stats().calls.getSignatureStatuses ?? 0;
    const { sent, buyers } = await sendTransfers(10);
    const views = await Promise.all(
      sent.map(({ signature }) => chain.watch(signature, { timeoutMs: 20_000, until: "confirmed" })),
    );
    for (const view of views) expect(view).toMatchObject({ failure: null });
    expect((chain.stats().calls.getSignatureStatuses ?? 0) - before).toBeLessThanOrEqual(4);
    const { accounts } = await chain.fetchAccounts(buyers.map(({ address }) => address));
    expect([...accounts.values()].map((account) => account?.lamports)).toEqual(buyers.map(() => SOL / 10n));
  });

  test("sending the same bytes again is harmless, before and after they landed", async () => {
    const { sent, buyers } = await sendTransfers(1);
    const [first] = sent as [SignedTransaction];
    expect(await chain.broadcast(first.wire, { preflight: false })).toBe("sent");
    await chain.watch(first.signature, { timeoutMs: 20_000, until: "confirmed" });
    expect(await chain.broadcast(first.wire, { preflight: true })).toBe("sent");
    const [buyer] = buyers as [Wallet];
    expect((await chain.fetchAccounts([buyer.address])).accounts.get(buyer.address)?.lamports).toBe(
      SOL / 10n,
    );
  });

  test("a watcher for finalized gets it, and the evidence agrees", async () => {
    const { sent } = await sendTransfers(1);
    const [{ signature }] = sent as [SignedTransaction];
    const view = await chain.watch(signature, { timeoutMs: 30_000, until: "finalized" });
    expect(view).toMatchObject({ state: "finalized", failure: null });
    const never = getBase58Decoder().decode(randomBytes(64)) as Signature;
    const [evidence] = (await chain.gatherEvidence([signature, never])) as [Evidence];
    expect(evidence.statuses.get(signature)).toMatchObject({ finalized: true, failure: null });
    expect(evidence.statuses.get(never)).toBeNull();
    expect(evidence.statusSlot).toBeGreaterThanOrEqual(evidence.heightSlot);
    expect(evidence.finalizedBlockHeight).toBeGreaterThan(0n);
    expect(evidence.firstAvailableSlot).toBeLessThan(evidence.statusSlot);
  });

  test("without a working WebSocket everything is seen all the same", async () => {
    for (const webSocketUrl of [undefined, "ws://127.0.0.1:1"]) {
      const polling = createChain({
        urls: [localnet.rpcUrl],
        ...(webSocketUrl === undefined ? {} : { webSocketUrl }),
      });
      const { sent } = await sendTransfers(2);
      for (const { signature } of sent) {
        const view = await polling.watch(signature, { timeoutMs: 30_000, until: "confirmed" });
        expect(view).toMatchObject({ failure: null });
      }
      polling.close();
    }
  });

  test("a simulation brings the blockhash that is signed with next, which no other call need ask for", async () => {
    const { funding, buyers } = await wallets(1);
    const [buyer] = buyers;
    if (buyer === undefined) throw new Error("no buyer");
    const unsigned = await transfer(funding.address, buyer.address, RENT);
    const own = createChain({ urls: [localnet.rpcUrl], blockhashFreshMs: 60_000 });
    await own.simulate(unsigned, {});
    const { lastValidBlockHeight, slot: simulatedAt } = await own.latestBlockhash();
    // The localnet simulates on its newest bank, and replaces the blockhash by that of a confirmed block, one slot earlier.
    const slot = simulatedAt - BigInt(MACHINES.today.confirmedDepth);
    // An earlier chain of this process has asked for the consensus.
    expect(own.stats().calls).toEqual({ simulateTransaction: 1 });
    // We use a new chain. The shared chain would return its cached blockhash, which is older than the
    // simulation.
    const fresh = createChain({ urls: [localnet.rpcUrl] });
    const later = await fresh.latestBlockhash();
    expect(later.slot).toBeGreaterThanOrEqual(slot);
    expect(later.lastValidBlockHeight - lastValidBlockHeight).toBeLessThanOrEqual(later.slot - slot);
    own.close();
    fresh.close();
  });

  test("a signature that nobody sent stays unseen until the time-out", async () => {
    const never = getBase58Decoder().decode(randomBytes(64)) as Signature;
    expect(await chain.watch(never, { timeoutMs: 300, until: "confirmed" })).toMatchObject({
      state: "unseen",
    });
  });

  test("a simulation says what it costs and leaves, or why it fails", async () => {
    const { funding, buyers } = await wallets(1);
    const [buyer] = buyers as [Wallet];
    const told = { lookupTables: {} };
    const good = await chain.simulate(await transfer(funding.address, buyer.address, RENT), told);
    expect(good.failure).toBeNull();
    expect(good.unitsConsumed).toBeGreaterThan(0);
    const received = good.effects.find(({ address }) => address === buyer.address);
    expect(received?.after.lamports).toBe(RENT);
    const short = await chain.simulate(await transfer(funding.address, buyer.address, 20n * SOL), told);
    expect(short.effects).toEqual([]);
    expect(short.failure?.message).toContain("a wallet does not hold enough lamports for a transfer");
  });

  test("preflight refuses what cannot work, in words", async () => {
    const { keyring, funding, buyers } = await wallets(1);
    const [buyer] = buyers as [Wallet];
    const unsigned = await transfer(funding.address, buyer.address, 20n * SOL);
    const { wire } = await keyring.sign(unjudged(unsigned), [funding.id, buyer.id]);
    expect(await chain.broadcast(wire, { preflight: true })).toMatchObject({
      refused: { message: expect.stringContaining("System program") },
    });
  });

  test("a transaction that landed with an error is seen as one", async () => {
    const { keyring, funding, buyers } = await wallets(1);
    const [buyer] = buyers as [Wallet];
    const unsigned = await transfer(funding.address, buyer.address, 20n * SOL);
    const { wire, signature } = await keyring.sign(unjudged(unsigned), [funding.id, buyer.id]);
    expect(await chain.broadcast(wire, { preflight: false })).toBe("sent");
    const view = await chain.watch(signature, { timeoutMs: 20_000, until: "confirmed" });
    expect(view).toMatchObject({ failure: { error: { InstructionError: [2, { Custom: 1 }] } } });
  });

  test("a final transaction of version 1 is read like any other", async () => {
    const { cluster } = localnet;
    const payer = await fundedSigner(cluster);
    const { blockhash } = await chain.latestBlockhash();
    const limits = { computeUnitLimit: 10_000, loadedAccountsDataSizeLimit: 10_000 };
    const wire = await signedV1(payer, blockhash, [transferOf(payer, payer.address, 5n)], limits);
    expect(await chain.broadcast(wire, { preflight: true })).toBe("sent");
    const { signature } = readWire(wire);
    await chain.watch(signature, { timeoutMs: 20_000, until: "finalized" });
    expect(await chain.readTransaction(signature)).toMatchObject({
      failed: false,
      changes: [{ address: payer.address, before: 10n * SOL, after: 10n * SOL - 5_000n }, {}],
    });
  });

  test("accounts that do not exist are null, and every asked address is a key", async () => {
    const addresses = (await Promise.all([wallets(3), wallets(3)])).flatMap(({ funding, buyers }) => [
      funding.address,
      ...buyers.map(({ address }) => address),
    ]);
    const { accounts, slot } = await chain.fetchAccounts([...addresses, ...addresses]);
    expect([...accounts.keys()]).toEqual(addresses);
    expect([...accounts.values()].filter((account) => account !== null)).toHaveLength(2);
    expect(slot).toBeGreaterThan(0n);
    const many = Array.from({ length: 130 }, () => getBase58Decoder().decode(randomBytes(32)) as Address);
    expect((await chain.fetchAccounts(many)).accounts.size).toBe(130);
  });

  test("callers that come together share one blockhash request", async () => {
    const fresh = createChain({ urls: [localnet.rpcUrl] });
    const hashes = await Promise.all(Array.from({ length: 20 }, () => fresh.latestBlockhash()));
    expect(new Set(hashes.map(({ blockhash }) => blockhash)).size).toBe(1);
    expect(hashes[0]?.slot).toBeGreaterThan(0n);
    expect(fresh.stats().calls).toEqual({ getLatestBlockhash: 1 });
    expect(await fresh.computeUnitPrice([])).toBeGreaterThan(0n);
    fresh.close();
  });
});
