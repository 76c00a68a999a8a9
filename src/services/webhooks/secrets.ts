/**
 * A webhook's secrets: what signs its deliveries. The journal has them sealed under the installation's secret, as wallets'
 * keys are. A rotated one goes on signing beside the new one for a day, so that a receiver may take its time.
 */
import { randomBytes } from "node:crypto";
import { address } from "@solana/kit";
import { z } from "zod";
import type { Webhook } from "../../engine/ports.ts";
import type { CTOContext } from "../../runtime/context.ts";
import type { SealContext, SecretBox } from "../../wallets/secret-box.ts";

const OVERLAP_MS = 24 * 3_600_000;
const BYTES = 32;

/** `until`: it was rotated, and signs no longer than that. */
const stored = z.array(z.object({ sealed: z.string(), until: z.iso.datetime().optional() })).min(1);
type Stored = z.infer<typeof stored>;

type Owned = Pick<Webhook, "id" | "userId">;

/** What it is bound to: moved to another webhook or user it does not open. A wallet has no id and address like these. */
const contextOf = ({ id, userId }: Owned): SealContext => ({
  walletId: `webhook ${id}`,
  userId,
  address: address("11111111111111111111111111111111"),
});

const shown = (bytes: Uint8Array): string => `whsec_${Buffer.from(bytes).toString("base64")}`;

/** @returns the secret in clear, to be shown once, and the text for the journal */
export async function newSecrets(
  box: SecretBox,
  webhook: Owned,
): Promise<{ secret: string; secrets: string }> {
  const bytes = randomBytes(BYTES);
  const secrets: Stored = [{ sealed: await box.seal(bytes, contextOf(webhook)) }];
  return { secret: shown(bytes), secrets: JSON.stringify(secrets) };
}

/** A new secret before the one that signed so far. */
export async function rotated(
  box: SecretBox,
  webhook: Owned,
  before: string,
): Promise<{ secret: string; secrets: string }> {
  const [current] = stored.parse(JSON.parse(before));
  const fresh = await newSecrets(box, webhook);
  const until = new Date(Date.now() + OVERLAP_MS).toISOString();
  const kept = current === undefined ? [] : [{ ...current, until }];
  return {
    ...fresh,
    secrets: JSON.stringify([...stored.parse(JSON.parse(fresh.secrets)), ...kept]),
  };
}

/** Those that sign now, the newest first, as `whsec_…`. @throws as `SecretBox.open` does */
export async function openSecrets(box: SecretBox, webhook: Owned, text: string): Promise<string[]> {
  const now = new Date().toISOString();
  const live = stored.parse(JSON.parse(text)).filter(({ until }) => until === undefined || until > now);
  return Promise.all(live.map(async ({ sealed }) => shown(await box.open(sealed, contextOf(webhook)))));
}

/**
 * Brings every webhook's secrets under the installation's current secret: the part of `cto keys rotate` that is theirs.
 * @returns how many webhooks were changed
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
    // Refused: somebody has rotated or rewrapped it meanwhile, which brings it under the current secret, too.
    if (await journal.replaceWebhookSecrets(id, found.secrets, JSON.stringify(after))) changed += 1;
  }
  return changed;
}
