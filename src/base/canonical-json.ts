/**
 * Writes JSON in its one canonical form (RFC 8785), so that equal values have equal hashes in every language.
 *
 * Only strings, booleans, null, safe integers, arrays and plain objects are accepted. For these the RFC asks for no
 * more than sorted names and `JSON.stringify`. The `canonicalize` package also writes fractions, which nothing that we
 * hash may contain, and its present version needs a newer Node.js than we do.
 */
export type CanonicalValue =
  | string
  | number
  | boolean
  | null
  | readonly CanonicalValue[]
  | { readonly [name: string]: CanonicalValue };

/**
 * @throws {TypeError} for fractions, unsafe integers, texts with half of a surrogate pair, and all that is not JSON
 * @example
 * canonicalJson({ b: 1, a: ["x"] }); // '{"a":["x"],"b":1}'
 */
export function canonicalJson(value: CanonicalValue): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return textOf(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a safe integer`);
    return JSON.stringify(value);
  }
  if (typeof value !== "object") throw new TypeError(`a ${typeof value} is not JSON`);
  if (isList(value)) return `[${Array.from(value, canonicalJson).join(",")}]`;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError("not a plain object");
  // The RFC sorts names by UTF-16 code units, as JavaScript compares texts.
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${textOf(name)}:${canonicalJson(field)}`).join(",")}}`;
}

const isList = (value: object): value is readonly CanonicalValue[] => Array.isArray(value);

function textOf(text: string): string {
  // With the flag u, only a surrogate without its other half matches.
  if (/\p{Surrogate}/u.test(text)) throw new TypeError("half of a surrogate pair");
  return JSON.stringify(text);
}
