/**
 * Merges the two schemas of each type in the OpenAPI document. The generator writes every type twice, for requests
 * (`UserInput`) and for responses (`User`). Generated clients would then have two types for one thing. A type that
 * appears in only one direction keeps its plain name.
 */

type Schemas = Record<string, unknown>;
type Document = { readonly paths?: unknown; readonly components?: { readonly schemas?: Schemas } };

const REF = /"#\/components\/schemas\/([A-Za-z0-9]+)"/g;
const SUFFIX = "Input";

const refsOf = (value: unknown): string[] =>
  [...JSON.stringify(value ?? {}).matchAll(REF)].flatMap(([, name]) => (name === undefined ? [] : [name]));

/** Returns the schemas that the paths refer to, directly or through other schemas. */
function usedBy(paths: unknown, schemas: Schemas): Set<string> {
  const used = new Set<string>();
  const open = refsOf(paths);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    open.push(...refsOf(schemas[name]));
  }
  return used;
}

/** Returns a schema as text in which the request's and the response's types have the same names. */
const plain = (schema: unknown, names: ReadonlySet<string>): string =>
  JSON.stringify(schema).replace(REF, (whole, name: string) =>
    name.endsWith(SUFFIX) && names.has(name.slice(0, -SUFFIX.length))
      ? whole.replace(name, name.slice(0, -SUFFIX.length))
      : whole,
  );

type Body = { required?: boolean; content?: Record<string, { schema?: { anyOf?: { type?: string }[] } }> };

/**
 * Makes each request body optional that may be null: a request without a body is then allowed, too. A generated client
 * would otherwise demand a body, of a type that has no name.
 */
function withOptionalBodies(paths: unknown): unknown {
  const copy = structuredClone(paths) as Record<string, Record<string, { requestBody?: Body }>>;
  for (const { requestBody } of Object.values(copy).flatMap((methods) => Object.values(methods))) {
    for (const media of Object.values(requestBody?.content ?? {})) {
      const [only, ...others] = media.schema?.anyOf?.filter(({ type }) => type !== "null") ?? [];
      if (requestBody === undefined || only === undefined || others.length > 0) continue;
      requestBody.required = false;
      media.schema = only as typeof media.schema & object;
    }
  }
  return copy;
}

/** @throws if a type has different forms in requests and in responses: it then needs two names */
export function withOneSchemaEach<Doc extends Document>(document: Doc): Doc {
  const { schemas = {} } = document.components ?? {};
  const used = usedBy(document.paths, schemas);
  const names = new Set(Object.keys(schemas));
  const kept = new Map<string, string>();
  for (const name of used) {
    const own =
      name.endsWith(SUFFIX) && names.has(name.slice(0, -SUFFIX.length))
        ? name.slice(0, -SUFFIX.length)
        : name;
    const text = plain(schemas[name], names);
    const other = kept.get(own);
    if (other !== undefined && other !== text) throw new Error(`${own} is taken and answered in two forms`);
    kept.set(own, text);
  }
  const merged = Object.fromEntries([...kept].map(([name, text]) => [name, JSON.parse(text) as unknown]));
  return {
    ...document,
    paths: withOptionalBodies(JSON.parse(plain(document.paths, names))),
    components: { ...document.components, schemas: merged },
  };
}
