/**
 * Creates, rotates and opens the secrets that sign a webhook's deliveries. The journal stores them sealed under the
 * installation's secret, like the wallets' keys. After a rotation, the previous secret also signs for one more day,
 * so that the receiver has time to change over. A second rotation within that day does not shorten it.
 */
import { randomBytes } from "node:crypto";
import { address } from "@solana/kit";
import { z } from "zod";
import type { Webhook } from "../../engine/ports.ts";
import type { CTOContext } from "../../runtime/context.ts";
import type { SealContext, SecretBox } from "../../wallets/secret-box.ts";

const OVERLAP_MS = 24 * 3_600_000;
const BYTES = 32;
/** The most earlier secrets that still sign. Each one makes the header of every delivery longer. */
const EARLIER_AT_MOST = 4;

/** `until`: the secret was rotated and signs until this time. */
const stored = z.array(z.object({ sealed: z.string(), until: z.iso.datetime().optional() })).min(1);
type Stored = z.infer<typeof stored>;

type Owned = Pick<Webhook, "id" | "userId">;

/**
 * The values to which the sealed secret is bound: it does not open for another webhook or user. No wallet has such an
 * id and address.
 */
const contextOf = ({ id, userId }: Owned): SealContext => ({
  walletId: `webhook ${id}`,
  userId,
  address: address("11111111111111111111111111111111"),
});

const shown = (bytes: Uint8Array): string => `whsec_${Buffer.from(bytes).toString("base64")}`;

/** @returns the unencrypted secret, to be shown once, and the text for the journal */
export async function newSecrets(
  box: SecretBox,
  webhook: Owned,
): Promise<{ secret: string; secrets: string }> {
  const bytes = randomBytes(BYTES);
  const secrets: Stored = [{ sealed: await box.seal(bytes, contextOf(webhook)) }];
  return { secret: shown(bytes), secrets: JSON.stringify(secrets) };
}

/** Returns the secrets that sign now, the newest first. */
const signing = (secrets: Stored): Stored => {
  const now = new Date().toISOString();
  return secrets.filter(({ until }) => until === undefined || until > now);
};

/** Puts a new secret before the current one, which then expires after the overlap. Earlier ones keep their time. */
export async function rotated(
  box: SecretBox,
  webhook: Owned,
  before: string,
): Promise<{ secret: string; secrets: string }> {
  const fresh = await newSecrets(box, webhook);
  const until = new Date(Date.now() + OVERLAP_MS).toISOString();
  const earlier = signing(stored.parse(JSON.parse(before))).map((one) => ({ until, ...one }));
  const kept = earlier.slice(0, EARLIER_AT_MOST);
  return {
    ...fresh,
    secrets: JSON.stringify([...stored.parse(JSON.parse(fresh.secrets)), ...kept]),
  };
}

/**
 * Returns the secrets that sign now, the newest first, as `whsec_…`.
 *
 * @throws the errors of `SecretBox.open`
 */
export async function openSecrets(box: SecretBox, webhook: Owned, text: string): Promise<string[]> {
  const live = signing(stored.parse(JSON.parse(text)));
  return Promise.all(live.map(async ({ sealed }) => shown(await box.open(sealed, contextOf(webhook)))));
}

/** Returns the ids of the webhooks with a secret that the installation's current secret does not open. */
export async function webhooksToRewrap(
  { journal }: Pick<CTOContext, "journal">,
  box: Pick<SecretBox, "secretOf">,
): Promise<string[]> {
  const ids: string[] = [];
  for (const { id } of await journal.listWebhooks()) {
    const found = await journal.readWebhook(id);
    if (found === null || found.webhook.removedAt !== undefined) continue;
    const each = stored.parse(JSON.parse(found.secrets)).map(({ sealed }) => box.secretOf(sealed));
    if ((await Promise.all(each)).some((which) => which !== 0)) ids.push(id);
  }
  return ids;
}

/**
 * Wraps every webhook's secrets with the installation's current secret, as a part of `cto keys rotate`.
 *
 * @returns the number of changed webhooks
 */
export async function rewrapWebhookSecrets(
  { journal }: Pick<CTOContext, "journal">,
  box: SecretBox,
): Promise<number> {
  let changed = 0;
  for (const { id } of await journal.listWebhooks()) {
    const found = await journal.readWebhook(id);
    if (found === null) continue;
    const before = stored.parse(JSON.parse(found.secrets));
    const after = await Promise.all(
      before.map(async (each) =>
        (await box.secretOf(each.sealed)) === 0
          ? each
          : { ...each, sealed: await box.rewrap(each.sealed, contextOf(found.webhook)) },
      ),
    );
    if (after.every(({ sealed }, at) => sealed === before[at]?.sealed)) continue;
    // If the write is refused, another process has rotated or rewrapped the secrets in the meantime. That also brings
    // them under the current secret.
    if (await journal.replaceWebhookSecrets(id, found.secrets, JSON.stringify(after))) changed += 1;
  }
  return changed;
}
