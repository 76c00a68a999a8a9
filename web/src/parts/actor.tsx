/** Shows an actor's name. The audit record has the id of a key, which is hard to recognise. */
import { isPending, useResource } from "../api/resource.ts";
import type { KeyInfo } from "../api/types.ts";
import { may, useMe } from "../session.ts";

const KEY = /^API key (.+)$/;

type KeyNames = {
  /** The names by id: of all keys for an admin, otherwise of the own key. */
  readonly names: ReadonlyMap<string, string>;
  /** False while more names may come. A column of them would change its width then. */
  readonly areRead: boolean;
};

export function useKeyNames(): KeyNames {
  const me = useMe();
  const isAdmin = may(me, "admin");
  const keys = useResource<{ keys: KeyInfo[] }>(isAdmin ? "/v1/api-keys" : null);
  return {
    names: new Map([me.key, ...(keys.data?.keys ?? [])].map(({ id, name }) => [id, name])),
    areRead: !isAdmin || !isPending(keys),
  };
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
