/** Generates random requests from the app's own OpenAPI document: most are valid in form, with some parts made invalid. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
// biome-ignore lint/suspicious/noExplicitAny: a JSON schema
type Schema = any;

export type Document = {
  readonly paths: Record<string, Record<string, Schema>>;
  readonly components: { readonly schemas: Record<string, Schema> };
};

export type FuzzRequest = {
  readonly method: string;
  /** The path as in the document. */
  readonly path: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body: JSON text, or text that is not JSON. */
  readonly payload?: string;
};

/** Returns a random generator (mulberry32). The same seed gives the same requests. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const TEXTS = [
  "",
  " ",
  "x",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "🚀",
  "'; drop table cto.operations; --",
  "%00",
  "../../etc/passwd",
  "..%2f..%2fetc%2fpasswd",
  "__proto__",
  "constructor",
  "[object Object]",
  "NaN",
  "1e309",
  "-1",
  "0",
  "00000000000000000000000001",
  "99999999999999999999999999",
  "2026-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999Z",
  "-271821-04-20T00:00:00Z",
  "op_",
  "<script>alert(1)</script>",
  "a".repeat(129),
  "a".repeat(10_000),
];
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  1.5,
  1e-10,
  2 ** 31,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 63),
  1e21,
  1e308,
  100,
  101,
];
const VALUES: Json[] = [
  null,
  true,
  false,
  [],
  {},
  [[]],
  { $ne: null },
  { __proto__: null, toString: "x" },
  [null],
];

export type Maker = { next(): FuzzRequest };

/** Returns a generator of requests. @param known existing values (ids, addresses), by field name; `*` for any field */
export function requestMaker(
  { paths, components }: Document,
  known: Readonly<Record<string, readonly Json[]>>,
  random: () => number,
): Maker {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const chance = (of: number): boolean => random() < of;
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const resolve = (schema: Schema): Schema => {
    const name = /^#\/components\/schemas\/(.+)$/.exec(schema?.$ref ?? "")?.[1];
    return name === undefined ? schema : resolve(components.schemas[name]);
  };
  /** False for some requests, which stay valid, so that the code after the validation is tested, too. */
  let isSpoilt = true;
  const spoils = (of: number): boolean => isSpoilt && chance(of);
  const wild = (): Json => pick<Json>([pick(TEXTS), pick(NUMBERS), pick(VALUES), pick(known["*"] ?? [])]);

  const number = ({ minimum = 0, maximum = 1_000, type }: Schema): number => {
    if (spoils(0.1)) return pick([minimum, maximum, maximum + 1, minimum - 1]);
    // We use small numbers: a hundred wallets at once test no more than three.
    const value = minimum + random() * Math.min(maximum - minimum, 3);
    return type === "integer" ? Math.round(value) : value;
  };

  const make = (given: Schema, name: string, depth = 0): Json => {
    const schema = resolve(given) ?? {};
    if (spoils(0.06)) return wild();
    const here = known[name];
    if (here !== undefined && !spoils(0.1)) return pick(here);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return pick(schema.enum);
    if (schema.anyOf) return make(pick(schema.anyOf), name, depth);
    if (schema.type === "object") return object(schema, depth);
    if (schema.type === "array") {
      const length = spoils(0.03) ? 101 : 1 + Math.floor(random() * 3);
      return Array.from({ length }, () => make(schema.items, name, depth + 1));
    }
    if (schema.type === "integer" || schema.type === "number") return number(schema);
    if (schema.type === "boolean") return chance(0.5);
    if (schema.type === "null") return null;
    if (schema.format === "date-time") return new Date(Date.now() - random() * 1e7).toISOString();
    return schema.examples ? pick(schema.examples) : pick(["x", "12", "abc"]);
  };

  const object = ({ properties = {}, required = [] }: Schema, depth: number): Json => {
    const made: Record<string, Json> = {};
    for (const [name, schema] of Object.entries(properties)) {
      const isRequired = (required as string[]).includes(name);
      const isIn = isRequired ? !spoils(0.03) : chance(isSpoilt ? 0.3 : 0.05);
      if (depth < 6 && isIn) made[name] = make(schema, name, depth + 1);
    }
    if (spoils(0.03)) made[pick(["extra", "__proto__", "constructor", "$where"])] = wild();
    return made;
  };

  const text = (value: Json): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
  /** Encodes a value as a client would, or leaves it raw. Lone surrogates cannot be encoded. */
  const encoded = (value: Json): string => {
    const plain = text(value).slice(0, 2_000);
    return chance(0.05)
      ? plain.replace(/[^\x21-\x7e]/g, "")
      : encodeURIComponent(plain.replace(/\p{Cs}/gu, ""));
  };

  const payloadOf = (schema: Schema): Pick<FuzzRequest, "payload"> & { type?: string } => {
    if (spoils(0.03)) return { payload: "{not json", type: "application/json" };
    if (spoils(0.015)) return { payload: "", type: "application/json" };
    if (spoils(0.03)) return { payload: "a=b", type: pick(["text/plain", "application/xml", "x"]) };
    if (spoils(0.015))
      return { payload: JSON.stringify({ big: "x".repeat(200_000) }), type: "application/json" };
    const body = spoils(0.06) ? wild() : make(schema, "body");
    return { payload: JSON.stringify(body), type: "application/json" };
  };

  return {
    next() {
      const { path, method, operation } = pick(routes);
      isSpoilt = chance(0.7);
      const query: string[] = [];
      const headers: Record<string, string> = {};
      let url = path;
      for (const { in: where, name, schema, required } of operation.parameters ?? []) {
        if (where === "path") {
          const field = name === "id" ? `${path.split("/")[2]}.id` : name;
          url = url.replace(`{${name}}`, encoded(make(schema, field)) || "x");
        } else if (where === "query" && (required || chance(0.4))) {
          query.push(`${name}=${encoded(make(schema, name))}`);
        } else if (where === "header" && chance(0.3)) {
          headers[name] = text(make(schema, name))
            .replace(/[^\x20-\x7e]/g, "")
            .slice(0, 300);
        }
      }
      if (spoils(0.03)) query.push(`${pick(["limit", "after", "x"])}=${encoded(wild())}`);
      if (query.length > 0) url += `?${query.join("&")}`;
      const body = operation.requestBody?.content?.["application/json"]?.schema;
      const { payload, type } = body !== undefined || spoils(0.03) ? payloadOf(body ?? {}) : {};
      if (type !== undefined) headers["content-type"] = type;
      return { method, path, url, headers, ...(payload === undefined ? {} : { payload }) };
    },
  };
}
