/**
 * Registers a test wallet in a page by the Wallet Standard. The page sees a wallet like any other; its keys and its
 * habits are here, in the test's process.
 */
import { getCompiledTransactionMessageDecoder, getCompiledTransactionMessageEncoder } from "@solana/kit";
import bs58 from "bs58";
import type { Page } from "playwright-core";
import { LIGHTHOUSE } from "../src/base/guards.ts";
import { readWire, toWire } from "../src/base/wire.ts";
import type { Base64EncodedWireTransaction } from "../src/engine/ports.ts";
import { type Keypair, privateKeyOfSeed, signBytes } from "../src/wallets/keypair.ts";
import { signedBy } from "../test/support/signed-by.ts";

export type Habit = {
  readonly name: string;
  /** The versions of transactions that it signs. */
  readonly versions: readonly (0 | 1)[];
  /** It lacks `solana:signTransaction`, and sends by this function. */
  readonly sends?: (wire: Base64EncodedWireTransaction) => Promise<unknown>;
  /** Changes the unsigned message before it signs. */
  readonly changes?: (message: Uint8Array) => Uint8Array;
  /** It signs when this has resolved. */
  readonly waits?: () => Promise<unknown>;
};

export type TestWallet = Keypair & {
  readonly habit: Habit;
  /** What the page has asked this wallet to sign. */
  readonly asked: { texts: string[]; transactions: number };
};

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

/** The unsigned message of a transaction with one signer. */
function messageOf(unsigned: string): Uint8Array {
  const bytes = bytesOf(unsigned);
  return bytes[0] === 0x81 ? bytes.slice(0, -64) : bytes.slice(65);
}

/**
 * Adds a guard as Lighthouse's wallets do: an instruction that reads no account. Lighthouse becomes the last account
 * of the message, so accounts from lookup tables move up by one.
 */
export function withGuard(message: Uint8Array): Uint8Array {
  const compiled = getCompiledTransactionMessageDecoder().decode(message);
  if (compiled.version !== 0) throw new Error("the guard-adding wallet signs version 0");
  const at = compiled.staticAccounts.length;
  const moved = (index: number): number => (index >= at ? index + 1 : index);
  const guarded = {
    ...compiled,
    header: {
      ...compiled.header,
      numReadonlyNonSignerAccounts: compiled.header.numReadonlyNonSignerAccounts + 1,
    },
    staticAccounts: [...compiled.staticAccounts, LIGHTHOUSE],
    instructions: [
      ...compiled.instructions.map((instruction) => ({
        ...instruction,
        programAddressIndex: moved(instruction.programAddressIndex),
        ...(instruction.accountIndices ? { accountIndices: instruction.accountIndices.map(moved) } : {}),
      })),
      { programAddressIndex: at, data: Uint8Array.of(15) }, // AssertSysvarClock
    ],
  };
  return Uint8Array.from(getCompiledTransactionMessageEncoder().encode(guarded));
}

/** Changes the last byte of the last instruction's data: another message, which it then signs. */
export function swapped(message: Uint8Array): Uint8Array {
  const compiled = getCompiledTransactionMessageDecoder().decode(message);
  if (compiled.version !== 0) throw new Error("the message-swapping wallet signs version 0");
  const last = compiled.instructions.at(-1);
  const data = Uint8Array.from(last?.data ?? []);
  if (last === undefined || data.length === 0) throw new Error("the last instruction has no data");
  data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
  const changed = { ...compiled, instructions: [...compiled.instructions.slice(0, -1), { ...last, data }] };
  return Uint8Array.from(getCompiledTransactionMessageEncoder().encode(changed));
}

async function signTransaction(wallet: TestWallet, unsigned: string): Promise<Base64EncodedWireTransaction> {
  wallet.asked.transactions += 1;
  const { waits, changes = (message) => message } = wallet.habit;
  await waits?.();
  return signedBy(wallet, toWire(changes(messageOf(unsigned)), [null]));
}

/** Answers what the page's wallet asks: base64 in, base64 out. */
async function answer(wallet: TestWallet, kind: string, content: string): Promise<string> {
  if (kind === "text") {
    const bytes = bytesOf(content);
    wallet.asked.texts.push(new TextDecoder().decode(bytes));
    return Buffer.from(signBytes(privateKeyOfSeed(wallet.seed), bytes)).toString("base64");
  }
  const signed = await signTransaction(wallet, content);
  if (kind === "transaction") return signed;
  await wallet.habit.sends?.(signed);
  return Buffer.from(bs58.decode(readWire(signed).signature)).toString("base64");
}

const ICON =
  "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAxIDEiPjxwYXRoIGQ9Ik0wIDBoMXYxSDB6Ii8+PC9zdmc+";

type Seen = {
  name: string;
  icon: string;
  address: string;
  publicKey: number[];
  versions: readonly number[];
  sends: boolean;
};

/** The part that runs in the page. It is text, because the test's process has no DOM types. */
const IN_PAGE = `(seen) => {
  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const ask = (kind, content) => globalThis.ctoTestWallet(kind, base64(content));
  const chains = ["solana:localnet"];
  const supportedTransactionVersions = seen.versions;
  const signing = seen.sends
    ? { "solana:signAndSendTransaction": { version: "1.0.0", supportedTransactionVersions,
        signAndSendTransaction: async ({ transaction }) => [{ signature: bytes(await ask("send", transaction)) }] } }
    : { "solana:signTransaction": { version: "1.0.0", supportedTransactionVersions,
        signTransaction: async ({ transaction }) => [{ signedTransaction: bytes(await ask("transaction", transaction)) }] } };
  const account = { address: seen.address, publicKey: Uint8Array.from(seen.publicKey), chains,
    features: ["solana:signMessage", ...Object.keys(signing)] };
  let accounts = [];
  const wallet = { version: "1.0.0", name: seen.name, icon: seen.icon, chains,
    get accounts() { return accounts; },
    features: {
      "standard:connect": { version: "1.0.0", connect: async () => ({ accounts: (accounts = [account]) }) },
      "standard:events": { version: "1.0.0", on: () => () => undefined },
      "solana:signMessage": { version: "1.1.0", signMessage: async ({ message }) => [
        { signedMessage: message, signature: bytes(await ask("text", message)) }] },
      ...signing,
    } };
  const register = ({ register }) => register(wallet);
  globalThis.dispatchEvent(new CustomEvent("wallet-standard:register-wallet", { detail: register }));
  globalThis.addEventListener("wallet-standard:app-ready", ({ detail }) => register(detail));
}`;

/** Registers the wallet in every document of the page's context. Call it before the page goes anywhere. */
export async function register(page: Page, wallet: TestWallet): Promise<void> {
  const { name, versions, sends } = wallet.habit;
  const context = page.context();
  await context.exposeFunction("ctoTestWallet", (kind: string, content: string) =>
    answer(wallet, kind, content),
  );
  const seen: Seen = {
    name,
    icon: ICON,
    address: wallet.address,
    publicKey: [...bs58.decode(wallet.address)],
    versions,
    sends: sends !== undefined,
  };
  await context.addInitScript(`(${IN_PAGE})(${JSON.stringify(seen)})`);
}
