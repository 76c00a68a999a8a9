/**
 * Defines `cto wallets`, which generates, imports, attaches, lists and disables a user's wallets. Private keys are
 * stored sealed.
 */
import { type Command, Option } from "commander";
import { formatSol } from "../../base/sol.ts";
import type { Address, Wallet, WalletRole } from "../../engine/ports.ts";
import { CTOError, isCTOError } from "../../errors/index.ts";
import { listWallets, readBalances } from "../../services/wallet-list.ts";
import {
  attachWallet,
  generateWallets,
  type ImportOptions,
  importWallet,
  setWalletDisabled,
} from "../../services/wallets.ts";
import { action, withContext } from "../action.ts";
import { confirmAddress } from "../confirm-address.ts";
import { integer, solanaAddress } from "../numbers.ts";
import { readSecret } from "../read-secret.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { addWalletExport } from "./wallet-export.ts";
import { addWalletSweep } from "./wallet-sweep.ts";

type Given = { role: WalletRole; label?: string };
type ImportGiven = Given & { file?: string; expect?: Address; sealedAs?: string };

const IMPORT_HELP = `
Examples:
  $ cto wallets import user123 --role buyer < key.json
  $ cto wallets import user123 --role buyer --expect 7xKX… --file encrypted.txt

The format is detected: base58, JSON byte array, hex, base64, CryptoJS ("U2FsdGVk…"), IV and ciphertext in hex, or our own
sealed text. A key of 32 bytes needs --expect, because an address has 32 bytes, too. Encrypted keys are tried with
ENCRYPTION_SECRET and the secrets in ENCRYPTION_SECRET_PREVIOUS: docs/wallets.md.`;

const role = (): Option => new Option("--role <role>", "who pays, or who buys").choices(["buyer", "funding"]);

const columns = [
  { title: "#", right: true },
  { title: "id" },
  { title: "role" },
  { title: "address" },
  { title: "label" },
  { title: "state" },
];

const rowOf = ({ position, id, role, address, label, disabledAt }: Wallet): string[] => [
  String(position),
  id,
  role,
  address,
  label ?? "",
  disabledAt === undefined ? "" : "disabled",
];

const show = (terminal: Terminal, wallets: readonly Wallet[]): void =>
  terminal.answer(wallets, () => table(columns, wallets.map(rowOf), terminal.colours));

function addGenerate(wallets: Command): void {
  wallets
    .command("generate")
    .argument("<user>")
    .option("--count <n>", "how many", integer(1, 1_000), 1)
    .addOption(role().default("buyer"))
    .option("--label <label>", "for people to read; it is on no receipt")
    .description("make new wallets")
    .addHelpText(
      "after",
      "\nExample:\n  $ cto wallets generate user123 --count 10\n  $ cto wallets generate user123 --role funding",
    )
    .action(
      action<[user: string], Given & { count: number }>(async (terminal, [user], { count, ...given }) => {
        show(terminal, await withContext((context) => generateWallets(context, user, count, given)));
      }),
    );
}

function addImport(wallets: Command): void {
  wallets
    .command("import")
    .argument("<user>")
    .addOption(role().makeOptionMandatory())
    .option("--label <label>", "for people to read; it is on no receipt")
    .option("--file <path>", "read the private key from this file instead of stdin")
    .option("--expect <address>", "the address that the key must belong to", solanaAddress)
    .option(
      "--sealed-as <walletId>",
      "for a key that this system sealed: the wallet's id then; with --expect",
    )
    .description("add a wallet by its private key, read from stdin or a file, never from an argument")
    .addHelpText("after", IMPORT_HELP)
    .action(
      action<[user: string], ImportGiven>(async (terminal, [user], { file, ...given }) => {
        if (given.sealedAs !== undefined && given.expect === undefined) {
          throw new CTOError("CTO_E_USAGE", { problem: "--sealed-as needs --expect" });
        }
        const key = await readSecret(`Private key for user ${user} (it is not shown): `, file);
        const wallet = await withContext(async (context) => {
          const doImport = (options: ImportOptions) => importWallet(context, user, key, options);
          return doImport(given).catch(async (error: unknown) => {
            if (!isCTOError(error, "CTO_E_WALLET_KEY_NEEDS_ADDRESS")) throw error;
            const address = await confirmAddress(error.context.address);
            if (address === null) throw error;
            return doImport({ ...given, expect: address });
          });
        });
        show(terminal, [wallet]);
      }),
    );
}

type AttachGiven = Given & { address: Address; signer: string; reference: string };

function addAttach(wallets: Command): void {
  wallets
    .command("attach")
    .argument("<user>")
    .addOption(role().makeOptionMandatory())
    .requiredOption("--address <address>", "the wallet's address", solanaAddress)
    .requiredOption("--signer <name>", "a name that CTO_SIGNERS knows")
    .requiredOption("--reference <text>", "the signer's own name for the key; never a secret")
    .option("--label <label>", "for people to read; it is on no receipt")
    .description("add a wallet whose private key is in an external signer, such as a key-management service")
    .addHelpText(
      "after",
      "\nExample:\n  $ cto wallets attach user123 --role buyer --address 7xKX… --signer vault --reference buyer-7",
    )
    .action(
      action<[user: string], AttachGiven>(async (terminal, [user], given) => {
        show(terminal, [await withContext((context) => attachWallet(context, user, given))]);
      }),
    );
}

function addList(wallets: Command): void {
  wallets
    .command("list")
    .argument("<user>")
    .description("list a user's wallets, with balances when a cluster is reachable")
    .addHelpText("after", "\nExample:\n  $ cto wallets list user123 --json")
    .action(
      action<[user: string], object>(async (terminal, [userId]) => {
        const { found, balances } = await withContext(async (context) => {
          const found = await listWallets(context, userId);
          return { found, balances: await readBalances(context, found) };
        });
        const lamportsOf = ({ address }: Wallet): bigint | undefined => balances?.get(address)?.lamports;
        const values = found.map((wallet) => {
          const lamports = lamportsOf(wallet);
          return { ...wallet, ...(lamports === undefined ? {} : { lamports }) };
        });
        terminal.answer(values, () =>
          table(
            [...columns, { title: "SOL", right: true }],
            values.map((wallet) => [
              ...rowOf(wallet),
              wallet.lamports === undefined ? "?" : formatSol(wallet.lamports),
            ]),
            terminal.colours,
          ),
        );
      }),
    );
}

function addSwitch(wallets: Command, name: "disable" | "enable", description: string): void {
  wallets
    .command(name)
    .argument("<walletId>")
    .description(description)
    .addHelpText("after", `\nExample:\n  $ cto wallets ${name} w_3f2c…`)
    .action(
      action<[walletId: string], object>(async (terminal, [walletId]) => {
        const disabled = name === "disable";
        show(terminal, [await withContext((context) => setWalletDisabled(context, walletId, disabled))]);
      }),
    );
}

export function addWalletsCommand(program: Command): void {
  const wallets = program
    .command("wallets")
    .description("generate, import, attach, list, disable, export and sweep wallets");
  addGenerate(wallets);
  addImport(wallets);
  addAttach(wallets);
  addWalletExport(wallets);
  addList(wallets);
  addSwitch(wallets, "disable", "exclude a wallet from new operations; planned operations continue");
  addSwitch(wallets, "enable", "include a disabled wallet again");
  addWalletSweep(wallets);
}
