/**
 * Counts which secret seals the wallets' keys, and rotates the keys to another secret: the service behind `cto keys`.
 *
 * Rotation wraps every data key again, wallet by wallet, with compare-and-set. It may run beside workers, it may be
 * killed and run again, and it may run twice at the same time. One of the two secrets opens a wallet's key at any
 * time.
 */
import type { WalletWithKey } from "../engine/ports.ts";
import { CTOError, isCTOError } from "../errors/index.ts";
import { audit } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";
import { secretsOf } from "../runtime/secrets.ts";
import { openStoredKeys } from "../runtime/stored-keys.ts";
import { custodyOf } from "../wallets/custody.ts";
import { fingerprintOf } from "../wallets/derive-key.ts";
import type { SecretBox } from "../wallets/secret-box.ts";
import { openStoredKey, type StoredKeys } from "../wallets/stored-key.ts";
import { rewrapWebhookSecrets, webhooksToRewrap } from "./webhooks/secrets.ts";

type KeysContext = Pick<CTOContext, "config" | "journal">;
type Note = (done: number) => void;

export type SecretUse = {
  readonly secret: "current" | "previous";
  /** Distinguishes secrets, and does not help to guess one. */
  readonly fingerprint: string;
  readonly wallets: number;
};

export type KeysStatus = {
  readonly wallets: number;
  readonly secrets: readonly SecretUse[];
  /** Ids of wallets whose key is unencrypted, or encrypted by another program. */
  readonly unsealed: readonly string[];
  /** The number of wallets whose key an external signer keeps. */
  readonly elsewhere: number;
  /** Ids of wallets that no configured secret opens. */
  readonly unopenable: readonly string[];
  /** Ids of webhooks whose signing secrets the current secret does not open. A rotation seals them with it. */
  readonly webhooks: readonly string[];
};

const PAGE = 200;

/** Yields all wallets, each with its state at the time its page is read. */
async function* allKeys({ journal }: Pick<KeysContext, "journal">): AsyncGenerator<WalletWithKey> {
  for (let after = ""; ; ) {
    const page = await journal.listSealedKeys(after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.wallet.id;
  }
}

/**
 * Counts the wallets by the secret that seals their keys.
 *
 * @example
 * const { secrets, unopenable } = await keysStatus(context);
 */
export async function keysStatus(context: KeysContext, note: Note = () => undefined): Promise<KeysStatus> {
  const secrets = await secretsOf(context.config);
  const { secretBox } = await openStoredKeys(context);
  const counts = secrets.map(() => 0);
  const unsealed: string[] = [];
  const unopenable: string[] = [];
  let wallets = 0;
  let elsewhere = 0;
  for await (const { wallet, sealedKey } of allKeys(context)) {
    wallets += 1;
    const { kind } = custodyOf(sealedKey);
    if (kind === "signer") elsewhere += 1;
    else if (kind === "unsealed") unsealed.push(wallet.id);
    else {
      const which = await secretBox.secretOf(sealedKey);
      if (which === null) unopenable.push(wallet.id);
      else counts[which] = (counts[which] ?? 0) + 1;
    }
    if (wallets % PAGE === 0) note(wallets);
  }
  const uses = secrets.map(async (secret, at) => ({
    secret: at === 0 ? ("current" as const) : ("previous" as const),
    fingerprint: await fingerprintOf(secret),
    wallets: counts[at] ?? 0,
  }));
  const webhooks = await webhooksToRewrap(context, secretBox);
  return { wallets, secrets: await Promise.all(uses), unsealed, elsewhere, unopenable, webhooks };
}

/**
 * Refuses secrets that open none of the sealed keys. The first key that opens ends the search, so a journal whose
 * secret is right costs one page.
 *
 * @throws `CTO_E_KEYS_UNOPENABLE`
 */
export async function requireOpenableKeys(
  context: Pick<KeysContext, "journal">,
  secretBox: Pick<SecretBox, "secretOf">,
): Promise<void> {
  let sealed = 0;
  for await (const { sealedKey } of allKeys(context)) {
    if (custodyOf(sealedKey).kind !== "sealed") continue;
    if ((await secretBox.secretOf(sealedKey)) !== null) return;
    sealed += 1;
  }
  if (sealed > 0) throw new CTOError("CTO_E_KEYS_UNOPENABLE", { wallets: sealed });
}

export type Rotation = {
  /** The fingerprint of the secret that now seals all keys. */
  readonly fingerprint: string;
  readonly wallets: number;
  /** The number of keys that this run wrapped again. */
  readonly rotated: number;
  /** The number of unsealed keys that this run sealed. */
  readonly sealed: number;
};

type Step = "done" | "rotated" | "sealed" | "contended";

/** Another process may replace the same key at the same moment. It does the same work, so few tries are enough. */
const TRIES = 3;

async function rotateOne(
  keys: StoredKeys & { readonly directory: CTOContext["journal"] },
  found: WalletWithKey,
): Promise<Step> {
  const { directory, secretBox } = keys;
  const { id: walletId, userId, address } = found.wallet;
  let { sealedKey } = found;
  for (let left = TRIES; left > 0; left -= 1) {
    const { kind } = custodyOf(sealedKey);
    if (kind === "signer") return "done";
    if (kind === "unsealed") {
      (await openStoredKey(keys, { ...found, sealedKey })).seed.fill(0);
      return "sealed";
    }
    if ((await secretBox.secretOf(sealedKey)) === 0) return "done";
    const wrapped = await secretBox.rewrap(sealedKey, { walletId, userId, address });
    if (await directory.replaceSealedKey(walletId, sealedKey, wrapped)) return "rotated";
    ({ sealedKey } = await directory.readSealedKey(walletId));
  }
  return "contended";
}

/** A worker that still seals with the old secret may add wallets behind a pass. The next pass finds them. */
const PASSES = 5;
const STILL_ADDED = "some process still seals with another secret";

/** A fault of one wallet's key must not stop the rotation of the others. */
const isOfOneKey = (error: unknown): error is CTOError =>
  isCTOError(error) && error.code.startsWith("CTO_E_WALLET_");

/**
 * Wraps every wallet's data key with the current secret. The rotation is resumable: it skips keys that are already
 * done.
 *
 * @param note receives the number of wallets processed in this pass, after every page
 * @throws `CTO_E_KEYS_NOT_ROTATED` with the wallets that could not be rotated, after all others are done
 * @example
 * const { rotated } = await rotateKeys(context);
 */
export async function rotateKeys(context: KeysContext, note: Note = () => undefined): Promise<Rotation> {
  const [current, ...previous] = await Promise.all((await secretsOf(context.config)).map(fingerprintOf));
  const fingerprint = current ?? "";
  const keys = await openStoredKeys(context);
  await audit(context, "keys.rotated", fingerprint, { state: "begun", from: previous.join(" ") });
  const totals = { rotated: 0, sealed: 0 };
  for (let pass = 1; ; pass += 1) {
    const failed = new Map<string, string>();
    let wallets = 0;
    let changed = 0;
    for await (const found of allKeys(context)) {
      try {
        const step = await rotateOne(keys, found);
        if (step !== "done") changed += 1;
        if (step === "rotated" || step === "sealed") totals[step] += 1;
      } catch (error) {
        if (!isOfOneKey(error)) throw error;
        failed.set(found.wallet.id, error.code);
      }
      wallets += 1;
      if (wallets % PAGE === 0) note(wallets);
    }
    changed += await rewrapWebhookSecrets(context, keys.secretBox);
    // Only a pass that changes nothing proves that the rotation is complete.
    if (changed > 0 && pass < PASSES) continue;
    await audit(context, "keys.rotated", fingerprint, {
      state: failed.size === 0 && changed === 0 ? "done" : "not done",
      wallets: String(wallets),
      rotated: String(totals.rotated),
      sealed: String(totals.sealed),
    });
    if (failed.size > 0 || changed > 0) {
      const reasons = changed > 0 ? [STILL_ADDED, ...failed.values()] : [...failed.values()];
      throw new CTOError("CTO_E_KEYS_NOT_ROTATED", {
        wallets: [...failed.keys()],
        reason: [...new Set(reasons)].join(", "),
      });
    }
    return { fingerprint, wallets, ...totals };
  }
}
