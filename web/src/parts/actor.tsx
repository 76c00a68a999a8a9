/** Shows an actor's name. The audit record has the id of a key, which is hard to recognise. */
import { useResource } from "../api/resource.ts";
import type { KeyInfo } from "../api/types.ts";
import { may, useMe } from "../session.ts";

const KEY = /^API key (.+)$/;

/** Returns the names of keys by id: of all keys for an admin, otherwise of the own key. */
export function useKeyNames(): ReadonlyMap<string, string> {
  const me = useMe();
  const { data } = useResource<{ keys: KeyInfo[] }>(may(me, "admin") ? "/v1/api-keys" : null);
  return new Map([me.key, ...(data?.keys ?? [])].map(({ id, name }) => [id, name]));
}

/**
 * Returns the name of an actor.
 *
 * @example
 * nameOf("API key 7fJaqm2kgarC", names); // "shop"
 */
export const nameOf = (actor: string, names: ReadonlyMap<string, string>): string =>
  names.get(KEY.exec(actor)?.[1] ?? "") ?? actor;

/** Puts the names of keys into a sentence of the journal, which has their ids. */
export const withNames = (text: string, names: ReadonlyMap<string, string>): string =>
  text.replace(/API key (\w+)/g, (actor) => nameOf(actor, names));
