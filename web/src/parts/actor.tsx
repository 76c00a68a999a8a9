/** Who did something, by name: the record has the key's id, which nobody remembers. */
import { useResource } from "../api/resource.ts";
import type { KeyInfo } from "../api/types.ts";
import { may, useMe } from "../session.ts";

const KEY = /^API key (.+)$/;

/** The names of keys by id: all of them for an admin, else the own one. */
export function useKeyNames(): ReadonlyMap<string, string> {
  const me = useMe();
  const { data } = useResource<{ keys: KeyInfo[] }>(may(me, "admin") ? "/v1/api-keys" : null);
  return new Map([me.key, ...(data?.keys ?? [])].map(({ id, name }) => [id, name]));
}

/** @example nameOf("API key 7fJaqm2kgarC", names); // "shop" */
export const nameOf = (actor: string, names: ReadonlyMap<string, string>): string =>
  names.get(KEY.exec(actor)?.[1] ?? "") ?? actor;
