/**
 * Keeps the last API key with the scope `admin` from being revoked by a key, also if several keys are revoked at the
 * same time. Each of them is counted as gone in one note of the journal before it is revoked. A compare-and-set on that
 * note puts the requests in an order, so each counts those before it.
 */
import { z } from "zod";
import type { ApiKey, Directory } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { isActive } from "./active-key.ts";

type Keys = Pick<Directory, "listApiKeys" | "readNote" | "writeNote">;

/** The note that holds the ids of the keys that a key has been allowed to revoke. */
const ENDING = "api-keys-ending";
const ids = z.array(z.string());

/** The note that holds the id of the key that has replaced a key. */
const replacementOf = (keyId: string): string => `api-key-replaced/${keyId}`;

/**
 * Returns the admin keys that last. A key that was replaced ends with the overlap, so it counts as one with its
 * successor: were the successor revoked, no admin would be left after the overlap.
 */
async function lastingAmong(journal: Keys, admins: readonly string[]): Promise<Set<string>> {
  const active = new Set(admins);
  const lasting = new Set<string>();
  for (const id of admins) {
    let successor = await journal.readNote(replacementOf(id));
    while (successor !== null && !active.has(successor.value)) {
      successor = await journal.readNote(replacementOf(successor.value));
    }
    if (successor === null) lasting.add(id);
  }
  return lasting;
}

/**
 * Changes the list of keys that are being revoked. Requests take turns: each sees what the one before it has written.
 *
 * @param decide returns the new list, from the keys and the list as it stands
 */
async function inTurn(
  journal: Keys,
  decide: (admins: readonly string[], ending: readonly string[]) => Promise<readonly string[]>,
): Promise<void> {
  for (;;) {
    // The note is read before the keys. A key that leaves the list is therefore seen as revoked.
    const note = await journal.readNote(ENDING);
    const active = (await journal.listApiKeys()).filter(isActive);
    const admins = active.filter(({ scopes }) => scopes.includes("admin")).map(({ id }) => id);
    const ending = (note === null ? [] : ids.parse(JSON.parse(note.value))).filter((id) =>
      admins.includes(id),
    );
    const next = await decide(admins, ending);
    // A lost turn means that another request has had its own, so the loop ends after as many turns as there are requests.
    if (await journal.writeNote(ENDING, note?.version ?? 0, JSON.stringify(next))) return;
  }
}

/**
 * Allows one key to be revoked by a key. From then on the key counts as gone, although it may still be used until it is
 * revoked. A key whose revocation was cut off by an outage may be revoked again.
 *
 * @throws `CTO_E_API_KEY_LAST_ADMIN` if no other admin key would last
 */
export const allowRevocation = (journal: Keys, keyId: string): Promise<void> =>
  inTurn(journal, async (admins, ending) => {
    const lasting = await lastingAmong(
      journal,
      admins.filter((id) => !ending.includes(id)),
    );
    if (lasting.delete(keyId) && lasting.size === 0)
      throw new CTOError("CTO_E_API_KEY_LAST_ADMIN", { keyId });
    return admins.includes(keyId) ? [...new Set([...ending, keyId])] : ending;
  });

/**
 * Notes which key has replaced another one. Two callers may replace one key at the same time; either of the new keys may
 * stand for it.
 *
 * @throws `CTO_E_API_KEY_UNKNOWN` if the new key has been revoked since. The old key then does not end.
 */
export async function noteReplacement(journal: Keys, oldId: string, made: ApiKey): Promise<void> {
  const known = await journal.readNote(replacementOf(oldId));
  await journal.writeNote(replacementOf(oldId), known?.version ?? 0, made.id);
  if (!made.scopes.includes("admin")) return;
  await inTurn(journal, async (admins, ending) => {
    if (admins.includes(made.id) && !ending.includes(made.id)) return ending;
    throw new CTOError("CTO_E_API_KEY_UNKNOWN", { keyId: made.id });
  });
}
