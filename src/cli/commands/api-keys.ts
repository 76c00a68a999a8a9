/** Defines `cto api-keys`, which manages the keys with which applications call the HTTP API. */
import type { Command } from "commander";
import { API_SCOPES, type ApiKey, type ApiScope } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import { createApiKey, revokeApiKey, rollApiKey } from "../../services/api-keys.ts";
import { action, withContext } from "../action.ts";
import { integer, texts } from "../numbers.ts";
import { table } from "../table.ts";

type Options = { scopes: string[]; user?: string; days?: number; from?: string[] };

const CREATE_HELP = `
Examples:
  $ cto api-keys create shop --scopes operate --user alice
  $ cto api-keys create operations --scopes admin

Scopes: read (look), operate (ask for operations, cancel them), wallets (make and import wallets), admin (all of it, for
all users). Each includes read. The key is shown once, and kept as its hash.`;

const isScope = (text: string): text is ApiScope => (API_SCOPES as readonly string[]).includes(text);

/** @throws `CTO_E_USAGE` */
const scopesOf = (given: readonly string[]): ApiScope[] =>
  given.map((text) => {
    if (isScope(text)) return text;
    throw new CTOError("CTO_E_USAGE", {
      problem: `"${text}" is not a scope; valid are: ${API_SCOPES.join(", ")}`,
    });
  });

const stateOf = ({ lastUsedAt, revokedAt, expiresAt }: ApiKey): string => {
  if (revokedAt !== undefined) return `revoked ${revokedAt.toISOString()}`;
  if (expiresAt !== undefined && expiresAt.getTime() <= Date.now()) return `ended ${expiresAt.toISOString()}`;
  return lastUsedAt === undefined ? "never used" : `used ${lastUsedAt.toISOString()}`;
};

const rowOf = (key: ApiKey): string[] => [
  key.id,
  key.name,
  key.scopes.join(","),
  key.userId ?? "all",
  key.createdBy,
  key.createdAt.toISOString(),
  key.expiresAt?.toISOString() ?? "never",
  key.addresses?.join(", ") ?? "anywhere",
  stateOf(key),
];

function addCreate(keys: Command): void {
  keys
    .command("create")
    .argument("<name>", "for people to read")
    .requiredOption("--scopes <list>", `comma separated: ${API_SCOPES.join(", ")}`, texts)
    .option("--user <id>", "the one user that it may act for (default: all)")
    .option("--days <n>", "the key expires after so many days (default: never)", integer(1, 3_650))
    .option("--from <list>", "addresses and networks that it may be used from (default: anywhere)", texts)
    .description("make a key; it is shown once")
    .addHelpText("after", CREATE_HELP)
    .action(
      action<[name: string], Options>(async (terminal, [name], { scopes, user, days, from }) => {
        const request = {
          name,
          scopes: scopesOf(scopes),
          ...(user === undefined ? {} : { userId: user }),
          ...(days === undefined ? {} : { expiresInDays: days }),
          ...(from === undefined ? {} : { addresses: from }),
        };
        const created = await withContext((context) => createApiKey(context, request));
        // We print only the key, so that a script can read it.
        terminal.answer(created, () => created.secret);
      }),
    );
}

function addRoll(keys: Command): void {
  keys
    .command("roll")
    .argument("<id>", "the key's id: the middle part of the key")
    .option("--overlap-hours <n>", "for how long the old key stays valid", integer(0, 720), 24)
    .description("replace a key by a new one with the same rights; it is shown once")
    .addHelpText("after", "\nExample:\n  $ cto api-keys roll 7fJaqm2kgarC --overlap-hours 48")
    .action(
      action<[id: string], { overlapHours: number }>(async (terminal, [id], { overlapHours }) => {
        const rolled = await withContext((context) => rollApiKey(context, id, overlapHours * 3_600_000));
        terminal.answer(rolled, () => rolled.secret);
      }),
    );
}

function addList(keys: Command): void {
  keys
    .command("list")
    .description("list all keys with their rights and their last use")
    .addHelpText("after", "\nExample:\n  $ cto api-keys list --json")
    .action(
      action<[], object>(async (terminal) => {
        const all = await withContext(({ journal }) => journal.listApiKeys());
        const columns = ["id", "name", "scopes", "user", "made by", "made", "ends", "from", "state"].map(
          (title) => ({
            title,
          }),
        );
        terminal.answer(all, () => table(columns, all.map(rowOf), terminal.colours));
      }),
    );
}

function addRevoke(keys: Command): void {
  keys
    .command("revoke")
    .argument("<id>", "the key's id: the middle part of the key")
    .description("end a key for good, at once, on every server")
    .addHelpText("after", "\nExample:\n  $ cto api-keys revoke 7fJaqm2kgarC")
    .action(
      action<[id: string], object>(async (terminal, [id]) => {
        const revoked = await withContext((context) => revokeApiKey(context, id));
        terminal.answer(revoked, () => `Revoked ${revoked.id} (${revoked.name})`);
      }),
    );
}

export function addApiKeysCommand(program: Command): void {
  const keys = program
    .command("api-keys")
    .description("make, list, roll and revoke the keys of the HTTP API");
  addCreate(keys);
  addList(keys);
  addRoll(keys);
  addRevoke(keys);
}
