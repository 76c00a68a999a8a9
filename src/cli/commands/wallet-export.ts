/** Defines `cto wallets export`, which exports one private key if the caller confirms the consequences with a flag. */
import { open, rm } from "node:fs/promises";
import type { Command } from "commander";
import { CTOError } from "../../errors/index.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { exportWallet } from "../../services/export-wallet.ts";
import { action, withContext } from "../action.ts";

const HELP = `
Examples:
  $ cto wallets export w_1f0c… --i-understand                        into w_1f0c….json, mode 0600
  $ cto wallets export w_1f0c… --i-understand --out /safe/key.json
  $ cto wallets export w_1f0c… --i-understand --stdout | gpg --encrypt …

Whoever has the key has the wallet's money, for ever. The audit log records who asked. The form is solana-keygen's. No API
exports keys.`;

/** We create the file first. If it cannot be written, the audit log must not get a record of an export. */
async function toFile(context: CTOContext, walletId: string, path: string): Promise<string> {
  const file = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new CTOError("CTO_E_USAGE", {
      problem: `the file ${path} cannot be made: ${error.code === "EEXIST" ? "it exists already" : error.code}`,
    });
  });
  try {
    const { wallet, secretKey } = await exportWallet(context, walletId, "file");
    await file.writeFile(JSON.stringify([...secretKey]));
    secretKey.fill(0);
    await file.sync();
    return wallet.address;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

type Given = { iUnderstand?: boolean; out?: string; stdout?: boolean };

export function addWalletExport(wallets: Command): void {
  wallets
    .command("export")
    .argument("<walletId>")
    .option("--i-understand", "you understand that anyone with the key can take the money")
    .option("--out <file>", "where to; a file of that name must not exist yet (default: <walletId>.json)")
    .option("--stdout", "print it instead")
    .description("give out one wallet's private key; audited")
    .addHelpText("after", HELP)
    .action(
      action<[walletId: string], Given>(async (terminal, [walletId], { iUnderstand, out, stdout }) => {
        if (!iUnderstand) {
          throw new CTOError("CTO_E_USAGE", {
            problem: "whoever has a private key has the wallet's money: say --i-understand",
          });
        }
        if (stdout && out !== undefined)
          throw new CTOError("CTO_E_USAGE", { problem: "--out or --stdout, not both" });
        await withContext(async (context) => {
          if (stdout) {
            const { secretKey } = await exportWallet(context, walletId, "stdout");
            const text = JSON.stringify([...secretKey]);
            terminal.answer([...secretKey], () => text);
            secretKey.fill(0);
            return;
          }
          const file = out ?? `${walletId}.json`;
          const address = await toFile(context, walletId, file);
          terminal.answer(
            { walletId, address, file },
            () => `The private key of ${address} is in ${file}, mode 0600`,
          );
        });
      }),
    );
}
