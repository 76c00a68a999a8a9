/**
 * One schema for each thing. The generator writes every one twice, as it is taken (`UserInput`) and as it is answered (`User`);
 * clients made from the document then have two types for one thing. What is used in one way only keeps its plain name.
 */

type Schemas = Record<string, unknown>;
type Document = { readonly paths?: unknown; readonly components?: { readonly schemas?: Schemas } };

const REF = /"#\/components\/schemas\/([A-Za-z0-9]+)"/g;
const SUFFIX = "Input";

const refsOf = (value: unknown): string[] =>
  [...JSON.stringify(value ?? {}).matchAll(REF)].flatMap(([, name]) => (name === undefined ? [] : [name]));

/** What the paths name, and what that names. */
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

/** A schema as text in which taken and answered things have the same names. */
const plain = (schema: unknown, names: ReadonlySet<string>): string =>
  JSON.stringify(schema).replace(REF, (whole, name: string) =>
    name.endsWith(SUFFIX) && names.has(name.slice(0, -SUFFIX.length))
      ? whole.replace(name, name.slice(0, -SUFFIX.length))
      : whole,
  );

/** @throws when a thing is taken in another form than it is answered in: then it needs two names of its own */
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
    paths: JSON.parse(plain(document.paths, names)) as unknown,
    components: { ...document.components, schemas: merged },
  };
}
