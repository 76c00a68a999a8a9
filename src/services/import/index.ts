/**
 * Imports an existing bot's users and wallets. We write only if `apply` is set, we never change the source, and we
 * never change existing records. A second import therefore changes nothing.
 */
import { idSchema, plainText } from "../../contract/types.ts";
import type { Address, WalletRole } from "../../engine/ports.ts";
import { CTOError, isCTOError, toFailure } from "../../errors/index.ts";
import { audit } from "../../runtime/audit-log.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { openSealingBox, secretsOf } from "../../runtime/secrets.ts";
import { type FoundKey, type KeyForm, readKey } from "../../wallets/read-key.ts";
import type { SecretBox } from "../../wallets/secret-box.ts";
import { refuseKnownWallet } from "../seed-or-address.ts";
import { addUser } from "../users.ts";
import { addWallet } from "../wallets.ts";
import { readSourceUser, readSourceWallet, type SourceUser, type SourceWallet } from "./document.ts";
import type { Mapping } from "./mapping.ts";
import type { Source } from "./source.ts";

export type ImportedWallet = {
  /** The wallet's `_id` in the source. */
  readonly source: string;
  readonly user: string | null;
  readonly address: string | null;
  readonly role: WalletRole | null;
  /** `new`: the wallet was imported, or a dry run would import it. */
  readonly outcome: "new" | "here already" | "left out" | "refused";
  readonly form: KeyForm | null;
  /** Whether the source stores the key unencrypted. */
  readonly wasPlaintext: boolean;
  /** Why the wallet is left out or refused. */
  readonly reason: { readonly code: string; readonly message: string } | null;
};

export type ImportReport = {
  readonly source: string;
  readonly applied: boolean;
  readonly users: { readonly found: number; readonly new: number; readonly refused: readonly string[] };
  readonly wallets: readonly ImportedWallet[];
};

export type ImportOptions = {
  readonly mapping: Mapping;
  /** Writes the import. If it is false, the report says what would be written. */
  readonly apply: boolean;
  /** Receives the number of documents read so far. */
  readonly note?: (done: number) => void;
};

type ImportContext = Pick<CTOContext, "config" | "journal">;

type Run = ImportContext & {
  readonly apply: boolean;
  readonly box: SecretBox;
  readonly secrets: readonly string[];
  /** Our user ids by the names that the source's wallets may use. */
  readonly users: Map<string, string>;
  /** The reason why a user was refused, by the same names. */
  readonly refusedUsers: Map<string, string>;
  /** The source's ids of the wallets that users name as funding wallets. */
  readonly fundingWallets: Set<string>;
  /**
   * A dry run writes nothing, so we remember here what it read: wallets by address, and users with a funding wallet.
   */
  readonly seen: Map<Address, { readonly userId: string; readonly role: WalletRole }>;
  readonly funded: Set<string>;
};

const NOTE_EVERY = 200;

const nameSchema = plainText(200);

/**
 * Imports all users and wallets of a source.
 *
 * @example
 * const report = await importFrom(context, source, { mapping: DEFAULT_MAPPING, apply: false });
 */
export async function importFrom(
  context: ImportContext,
  source: Source,
  { mapping, apply, note = () => undefined }: ImportOptions,
): Promise<ImportReport> {
  const run: Run = {
    ...context,
    apply,
    box: await openSealingBox(context),
    secrets: await secretsOf(context.config),
    users: new Map(),
    refusedUsers: new Map(),
    fundingWallets: new Set(),
    seen: new Map(),
    funded: new Set(),
  };
  let done = 0;
  const count = (): void => {
    done += 1;
    if (done % NOTE_EVERY === 0) note(done);
  };
  if (apply) await audit(context, "users.imported", source.place, { state: "begun" });
  const refused: string[] = [];
  let found = 0;
  let added = 0;
  const embedded: SourceWallet[] = [];
  for await (const document of source.documents(mapping.users.collection)) {
    found += 1;
    const user = readSourceUser(document, mapping);
    const outcome = await importUser(run, user);
    if (outcome === "new") added += 1;
    if (outcome === "refused") refused.push(String(document._id));
    for (const [index, wallet] of user.wallets.entries()) {
      const name = `${String(document._id)}/wallets[${index}]`;
      embedded.push(readSourceWallet(wallet, mapping, { user: user.id ?? "?", name }));
    }
    count();
  }
  const wallets: ImportedWallet[] = [];
  for (const wallet of embedded) wallets.push(await importWalletOf(run, wallet));
  for await (const document of source.documents(mapping.wallets.collection, embedded.length > 0)) {
    wallets.push(await importWalletOf(run, readSourceWallet(document, mapping)));
    count();
  }
  if (apply) {
    await audit(context, "users.imported", source.place, {
      state: "done",
      users: String(added),
      ...Object.fromEntries(
        (["new", "here already", "left out", "refused"] as const).map((outcome) => [
          `wallets ${outcome}`,
          String(wallets.filter((wallet) => wallet.outcome === outcome).length),
        ]),
      ),
    });
  }
  return { source: source.place, applied: apply, users: { found, new: added, refused }, wallets };
}

/** Returns why a user cannot be imported; null if nothing prevents it. */
function whyNot(run: Run, { id, references }: SourceUser): string | null {
  if (id === null) return "its document has no id that can be read";
  if (!idSchema.safeParse(id).success) return "its id cannot be one here";
  // With an ambiguous name, a wallet could go to the wrong user.
  const taken = references.find((reference) => (run.users.get(reference) ?? id) !== id);
  return taken === undefined ? null : `another user's document before it has "${taken}", too`;
}

async function importUser(run: Run, user: SourceUser): Promise<"new" | "here already" | "refused"> {
  const { id, name, references, fundingWallet } = user;
  const reason = whyNot(run, user);
  if (reason !== null || id === null) {
    for (const reference of [...references, ...(id === null ? [] : [id])])
      if (!run.users.has(reference)) run.refusedUsers.set(reference, reason ?? "");
    return "refused";
  }
  for (const reference of [...references, id]) run.users.set(reference, id);
  if (fundingWallet !== null) run.fundingWallets.add(fundingWallet);
  if ((await run.journal.readUser(id)) !== null) return "here already";
  const named = name !== null && nameSchema.safeParse(name).success ? { name } : {};
  if (run.apply) await addUser(run, { id, ...named });
  return "new";
}

/** Names the user as the source does. If the user was refused, the error has the reason. */
function unknownUser({ refusedUsers }: Run, name: string | null): CTOError {
  const reason = name === null ? undefined : refusedUsers.get(name);
  return reason === undefined
    ? new CTOError("CTO_E_USER_UNKNOWN", { userId: name ?? "" })
    : new CTOError("CTO_E_IMPORT_USER_REFUSED", { user: name ?? "", reason });
}

const NOTHING = { form: null, wasPlaintext: false, reason: null } as const;

async function importWalletOf(run: Run, wallet: SourceWallet): Promise<ImportedWallet> {
  const user = wallet.user === null ? null : (run.users.get(wallet.user) ?? null);
  const address = wallet.publicKey === "invalid" ? null : wallet.publicKey;
  // A user's document may name its funding wallet by its id or by its address.
  const isNamed = [wallet.id, address].some((name) => name !== null && run.fundingWallets.has(name));
  const named = isNamed ? "funding" : wallet.role;
  const base = { source: wallet.id, user, address, role: named === "leave out" ? null : named, ...NOTHING };
  const refuse = (error: unknown, more: Partial<ImportedWallet> = {}): ImportedWallet => ({
    ...base,
    ...more,
    outcome: "refused",
    reason: toFailure(error),
  });
  if (named === "leave out") {
    const message = "the mapping leaves wallets of this kind out";
    return { ...base, outcome: "left out", reason: { code: "LEFT_OUT", message } };
  }
  if (user === null) return refuse(unknownUser(run, wallet.user));
  let key: FoundKey;
  try {
    key = await readSourceKey(run, wallet, user);
  } catch (error) {
    if (!isCTOError(error) || !error.code.startsWith("CTO_E_WALLET_")) throw error;
    return refuse(error);
  }
  const known = { address: key.address, form: key.form, wasPlaintext: !key.wasEncrypted };
  try {
    const isNew = await addNew(run, user, key, named, wallet.label);
    return { ...base, ...known, outcome: isNew ? "new" : "here already" };
  } catch (error) {
    if (!isCTOError(error) || !error.code.startsWith("CTO_E_WALLET_")) throw error;
    return refuse(error, known);
  } finally {
    key.seed.fill(0);
  }
}

/** @throws as `readKey` */
async function readSourceKey({ box, secrets }: Run, wallet: SourceWallet, userId: string): Promise<FoundKey> {
  const { privateKey, publicKey, id: walletId, kind } = wallet;
  const invalid = (reason: string) => new CTOError("CTO_E_WALLET_KEY_INVALID", { reason });
  if (privateKey === null) throw invalid(`the fields that the mapping names hold ${kind}`);
  if (publicKey === "invalid") throw invalid("what stands beside it as its address is none");
  const which = `of "${walletId}" in the source`;
  if (publicKey === null) return readKey(privateKey, { which, secrets });
  const context = { walletId, userId, address: publicKey };
  return readKey(privateKey, { which, secrets, expect: publicKey, sealed: { box, context } });
}

/** @returns false if the user already has the wallet */
async function addNew(
  run: Run,
  userId: string,
  key: FoundKey,
  role: WalletRole,
  label: string | null,
): Promise<boolean> {
  const { address } = key;
  const known = run.seen.get(address) ?? (await run.journal.findWallet(address));
  if (known !== null && known !== undefined) {
    if (known.userId !== userId) throw new CTOError("CTO_E_WALLET_OF_ANOTHER_USER", { address });
    if (known.role === role) return false;
    throw new CTOError("CTO_E_WALLET_ROLE_DIFFERS", { address, here: known.role, asked: role });
  }
  if (key.isSeedAlone) await refuseKnownWallet(run, key.seed);
  await requireNoOtherFunding(run, userId, role);
  if (run.apply) {
    const named = label === null ? {} : { label };
    await addWallet(run, run.box, key, { userId, role, ...named, action: "wallet.imported" });
  }
  run.seen.set(address, { userId, role });
  if (role === "funding") run.funded.add(userId);
  return true;
}

/** Checked before the audit log gets a record of the import. */
async function requireNoOtherFunding(
  { journal, funded }: Run,
  userId: string,
  role: WalletRole,
): Promise<void> {
  if (role !== "funding") return;
  const has =
    funded.has(userId) || (await journal.listWallets(userId)).some((each) => each.role === "funding");
  if (has) throw new CTOError("CTO_E_WALLET_FUNDING_EXISTS", { userId });
}
