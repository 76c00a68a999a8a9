/**
 * Tests the RPC behaviour that the chain layer depends on. The suite runs on the localnet and on a real node, so that the
 * localnet's answers stay equal to a node's.
 */
import { type Address, generateKeyPairSigner, type Lamports, lamports } from "@solana/kit";
import { getCreateAccountInstruction } from "@solana-program/system";
import {
  findAssociatedTokenPda,
  getCreateAssociatedTokenInstructionAsync,
  getInitializeMint2Instruction,
  getMintSize,
  getMintToInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChain, type SolanaChain } from "../../src/chain/index.ts";
import { CLUSTER_ACCOUNTS, readClusterFacts } from "../../src/engine/cluster/cluster-facts.ts";
import type { MessageFormat, TransactionDraft, UnsignedTransaction, Wallet } from "../../src/engine/ports.ts";
import { createDeskChain } from "../../src/localnet/desk/desk-chain.ts";
import { createChainReader } from "../../src/receipts/index.ts";
import { createKeyring, type WalletKeyring } from "../../src/wallets/keyring.ts";
import { createSecretBox } from "../../src/wallets/secret-box.ts";
import { unjudged } from "../support/unjudged.ts";
import { directoryOf, SECRET, sealedWallet } from "../wallets/parts.ts";

export type Endpoint = {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  fund(address: Address, lamports: Lamports): Promise<void>;
  close(): Promise<void>;
};

const SOL = 1_000_000_000n;
const FORMATS: readonly MessageFormat[] = [
  { version: 0 },
  { version: 1, loadedAccountsDataLimit: 1_000_000 },
];
const FINAL_MS = 60_000;

export function rpcSurface(name: string, open: () => Promise<Endpoint>): void {
  describe(`the RPC surface of ${name}`, () => {
    let endpoint: Endpoint;
    let chain: SolanaChain;
    let keyring: WalletKeyring;
    let payer: Wallet;
    let buyer: Wallet;

    beforeAll(async () => {
      endpoint = await open();
      chain = createChain({ urls: [endpoint.rpcUrl], webSocketUrl: endpoint.wsUrl });
      const box = createSecretBox(SECRET);
      const entries = await Promise.all([sealedWallet(box, "payer"), sealedWallet(box, "buyer")]);
      keyring = createKeyring({ directory: directoryOf(entries).directory, secretBox: box });
      [payer, buyer] = entries.map(({ wallet }) => wallet) as [Wallet, Wallet];
      await endpoint.fund(payer.address, lamports(10n * SOL));
    });
    afterAll(async () => {
      chain?.close();
      await endpoint?.close();
    });

    /** Composes a transfer from the payer to the buyer, with the buyer's memo. */
    async function transfer(format: MessageFormat, amount: bigint): Promise<UnsignedTransaction> {
      const { slot: _slot, ...lifetime } = await chain.latestBlockhash();
      const draft: TransactionDraft = {
        feePayer: payer.address,
        transfers: [{ from: payer.address, to: buyer.address, lamports: lamports(amount) }],
        setup: [],
        swap: [],
        memo: { text: "cto:1:surface:buy:1/1", signer: buyer.address },
        cleanup: [],
        computeUnitLimit: 60_000,
        computeUnitPrice: 1_000n,
        format,
        lifetime,
        lookupTables: {},
      };
      return chain.compose(draft);
    }

    const raw = async (method: string, ...params: readonly unknown[]) => {
      const response = await fetch(endpoint.rpcUrl, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      });
      return (await response.json()) as { result?: unknown; error?: { code: number } };
    };

    it("says what the cluster is, in a batch that tells also what is not there", async () => {
      const nobody = (await generateKeyPairSigner()).address;
      const fetched = await chain.fetchAccounts([nobody, payer.address, ...CLUSTER_ACCOUNTS]);
      expect(fetched.accounts.get(nobody)).toBeNull();
      expect(fetched.accounts.get(payer.address)?.lamports).toBe(10n * SOL);
      const facts = readClusterFacts(fetched);
      expect(facts.versionOne).toBe(true);
      expect(facts.lamportsPerByte).toBeGreaterThan(0n);
      expect(["tower", "alpenglow"]).toContain(await chain.consensus());
    });

    it("gives a recent blockhash, a price, and evidence about what never was", async () => {
      const { slot, lastValidBlockHeight } = await chain.latestBlockhash();
      expect(await chain.computeUnitPrice([payer.address])).toBeGreaterThan(0n);
      const { signature } = await keyring.sign(unjudged(await transfer({ version: 0 }, SOL)), [
        "payer",
        "buyer",
      ]);
      const [evidence] = await chain.gatherEvidence([signature]);
      expect(evidence?.statuses.get(signature)).toBeNull();
      expect(evidence?.finalizedBlockHeight).toBeLessThanOrEqual(lastValidBlockHeight);
      expect(evidence?.statusSlot).toBeGreaterThanOrEqual(evidence?.heightSlot ?? slot);
      expect(evidence?.firstAvailableSlot).toBeLessThanOrEqual(slot);
    });

    describe.each(FORMATS)("with version $version", (format) => {
      it("simulates, lands, and shows afterwards just what it did", async () => {
        const before =
          (await chain.fetchAccounts([buyer.address])).accounts.get(buyer.address)?.lamports ?? 0n;
        const unsigned = await transfer(format, SOL);
        const simulated = await chain.simulate(unsigned, { lookupTables: {} });
        expect(simulated).toMatchObject({ failure: null, instructions: format.version === 1 ? 2 : 4 });
        expect(simulated.unitsConsumed).toBeGreaterThan(0);
        expect(simulated.loadedAccountsDataSize).toBeGreaterThan(0);
        const received = simulated.effects.find(({ address }) => address === buyer.address);
        expect(received).toMatchObject({ before: { lamports: before }, after: { lamports: before + SOL } });

        const { wire, signature, messageVersion } = await keyring.sign(unjudged(unsigned), [
          "payer",
          "buyer",
        ]);
        expect(messageVersion).toBe(format.version);
        expect(await chain.broadcast(wire, { preflight: true })).toBe("sent");
        const view = await chain.watch(signature, { timeoutMs: FINAL_MS, until: "finalized" });
        expect(view).toMatchObject({ state: "finalized", failure: null });
        // The same bytes are sent again. They must not land twice.
        expect(await chain.broadcast(wire, { preflight: true })).toBe("sent");

        const [evidence] = await chain.gatherEvidence([signature]);
        expect(evidence?.statuses.get(signature)).toMatchObject({ finalized: true, failure: null });
        const transaction = await chain.readTransaction(signature);
        const change = (of: Address) => {
          const found = transaction?.changes.find(({ address }) => address === of);
          return found && found.after - found.before;
        };
        expect([change(payer.address), change(buyer.address)]).toEqual([-SOL - 10_060n, SOL]);

        const reader = createChainReader(endpoint.rpcUrl);
        const line = (await reader.history(buyer.address)).find((one) => one.signature === signature);
        expect(line).toMatchObject({ err: null, memo: "[21] cto:1:surface:buy:1/1" });
        const shown = await reader.transaction(signature);
        expect(shown?.meta.fee).toBe(10_060n);
        expect(shown?.transaction.message.header.numRequiredSignatures).toBe(2);

        const older = await raw("getTransaction", signature, { maxSupportedTransactionVersion: 0 });
        expect(older.error?.code).toBe(format.version === 1 ? -32015 : undefined);
      });

      it("refuses at preflight what would fail, and shows the error of what was sent without", async () => {
        const unsigned = await transfer(format, 1_000n * SOL);
        const index = format.version === 1 ? 0 : 2;
        const error = { InstructionError: [index, { Custom: 1 }] };
        expect((await chain.simulate(unsigned, {})).failure).toMatchObject({ error });
        const { wire, signature } = await keyring.sign(unjudged(unsigned), ["payer", "buyer"]);
        expect(await chain.broadcast(wire, { preflight: true })).toMatchObject({ refused: { error } });
        expect(await chain.broadcast(wire, { preflight: false })).toBe("sent");
        const view = await chain.watch(signature, { timeoutMs: FINAL_MS, until: "finalized" });
        expect(view).toMatchObject({ state: "finalized", failure: { error } });
        expect(await chain.readTransaction(signature)).toMatchObject({ failed: true });
      });
    });

    it("finds token accounts by owner, by address and by program", async () => {
      const creator = await generateKeyPairSigner();
      await endpoint.fund(creator.address, lamports(SOL));
      const desk = createDeskChain(endpoint.rpcUrl, creator);
      const mint = await generateKeyPairSigner();
      const of = { owner: creator.address, mint: mint.address };
      const [token] = await findAssociatedTokenPda({ ...of, tokenProgram: TOKEN_PROGRAM_ADDRESS });
      const space = getMintSize();
      await desk.send([
        getCreateAccountInstruction({
          payer: creator,
          newAccount: mint,
          lamports: await desk.rentFor(BigInt(space)),
          space,
          programAddress: TOKEN_PROGRAM_ADDRESS,
        }),
        getInitializeMint2Instruction({ mint: mint.address, decimals: 6, mintAuthority: creator.address }),
        await getCreateAssociatedTokenInstructionAsync({ payer: creator, ...of }),
        getMintToInstruction({ mint: mint.address, token, mintAuthority: creator, amount: 5n }),
      ]);
      const shown = { address: token, owner: creator.address, closable: false, wrapsSol: false };
      expect(await chain.findTokenAccounts(creator.address)).toMatchObject([shown]);
      expect((await chain.readTokenAccounts([token, mint.address])).get(token)).toMatchObject(shown);
      const filters = { memcmp: [{ offset: 0, bytes: mint.address }], dataSize: 165 };
      const found = await chain.findAccounts(TOKEN_PROGRAM_ADDRESS, filters);
      expect(found.map(({ accounts }) => [...accounts.keys()])).toEqual([[token]]);
      expect(await createChainReader(endpoint.rpcUrl).decimals(mint.address)).toBe(6);
    });

    it.each(["confirmed", "finalized"])(
      "simulates at the slot of what it has just read, %s",
      async (commitment) => {
        const { messageBytes, signers } = await transfer({ version: 0 }, SOL);
        const wire = Buffer.concat([
          Uint8Array.of(signers.length),
          new Uint8Array(64 * signers.length),
          messageBytes,
        ]).toString("base64");
        const read = await raw("getMultipleAccounts", [payer.address], { encoding: "base64", commitment });
        const { slot } = (read.result as { context: { slot: number } }).context;
        const config = { encoding: "base64", replaceRecentBlockhash: true, commitment, minContextSlot: slot };
        const { error, result } = await raw("simulateTransaction", wire, config);
        expect(error).toBeUndefined();
        const simulated = result as { context: { slot: number }; value: { err: unknown } };
        expect(simulated.value.err).toBeNull();
        expect(simulated.context.slot).toBeGreaterThanOrEqual(slot);
      },
    );

    it("tells of every account what a simulation would make of it", async () => {
      const { messageBytes, signers } = await transfer(
        { version: 1, loadedAccountsDataLimit: 1_000_000 },
        SOL,
      );
      const wire = Buffer.concat([messageBytes, new Uint8Array(64 * signers.length)]).toString("base64");
      const config = { encoding: "base64", replaceRecentBlockhash: true, commitment: "confirmed" };
      const { result } = await raw("simulateTransaction", wire, config);
      const { value } = result as { value: Record<string, unknown> };
      expect(value).toMatchObject({ err: null, fee: 10_060, preTokenBalances: [], postTokenBalances: [] });
      expect(value.preBalances).toHaveLength(4);
      expect(value.postBalances).toHaveLength(4);
      const failing = await raw("simulateTransaction", wire.slice(0, 40), config);
      expect(failing.error?.code).toBe(-32602);
    });
  });
}
