/**
 * Says in plain words what is wrong with an input and what is allowed. Zod's own messages speak of types and patterns;
 * a schema's own message stays as it is.
 */

/** A problem as zod reports it. Fastify's plugin hands on the same fields. */
export type Issue = {
  readonly code?: string | undefined;
  readonly message: string;
  readonly path?: readonly PropertyKey[];
} & { readonly [Field in Detail]?: unknown };

/** What zod adds, depending on the code. */
type Detail =
  | "divisor"
  | "errors"
  | "exact"
  | "expected"
  | "format"
  | "inclusive"
  | "keys"
  | "maximum"
  | "minimum"
  | "options"
  | "origin"
  | "pattern"
  | "prefix"
  | "suffix"
  | "values";

const OWN_WORDS_OF_ZOD = /^(Invalid |Too (small|big): |Unrecognized key)/;

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  bigint: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
  date: "a time",
  undefined: "absent",
  null: "null",
};

const FORMATS: Readonly<Record<string, string>> = {
  datetime: "a time in ISO 8601 with its zone, like 2030-01-31T12:00:00Z",
  date: "a day like 2030-01-31",
  url: "a URL like https://example.org/path",
  email: "an email address",
  base64: "base64",
  base64url: "base64url",
};

const COUNTED: Readonly<Record<string, string>> = { string: "character", array: "entry", set: "entry" };

const plural = (count: string, noun: string): string => {
  if (count === "1") return `1 ${noun}`;
  return `${count} ${noun === "entry" ? "entries" : `${noun}s`}`;
};

/** How long or how large something must be. */
function sizeWords(issue: Issue, bound: string, word: "least" | "most"): string {
  const { origin, exact, inclusive } = issue;
  const noun = COUNTED[String(origin)];
  if (noun !== undefined) {
    if (word === "least" && bound === "1" && exact !== true) return "must not be empty";
    return `must have ${exact === true ? "exactly" : `at ${word}`} ${plural(bound, noun)}`;
  }
  if (inclusive === false) return `must be ${word === "least" ? "more" : "less"} than ${bound}`;
  return `must be at ${word} ${bound}`;
}

const listed = (values: unknown): string => (Array.isArray(values) ? values.map(String).join(", ") : "");

/** The alternative that is nearest to the input: one of the right type, if there is one. */
function unionWords({ errors, options }: Issue): string {
  if (Array.isArray(options) && options.length > 0) return `must be one of ${listed(options)}`;
  const alternatives = (Array.isArray(errors) ? (errors as Issue[][]) : []).flatMap(([first]) =>
    first === undefined ? [] : [first],
  );
  const near = alternatives.filter(({ code }) => code !== "invalid_type");
  const chosen = near.length > 0 ? near : alternatives;
  const [first, ...others] = new Set(chosen.map(issueWords));
  if (first === undefined) return "is not valid";
  return [first, ...others.map((words) => words.replace(/^(is missing: it )?must be /, ""))].join(", or ");
}

const typeWords = ({ expected, message }: Issue): string => {
  const type = TYPES[String(expected)] ?? String(expected);
  return message.endsWith("received undefined") ? `is missing: it must be ${type}` : `must be ${type}`;
};

function formatWords({ format, prefix, suffix, pattern }: Issue): string {
  if (prefix !== undefined) return `must begin with ${String(prefix)}`;
  if (suffix !== undefined) return `must end with ${String(suffix)}`;
  const known = FORMATS[String(format)];
  if (known !== undefined) return `must be ${known}`;
  return `must match ${String(pattern ?? format)}`;
}

/** Returns the words for one problem. They continue the name of the field: "limit" "must be at least 1". */
export function issueWords(issue: Issue): string {
  if (!OWN_WORDS_OF_ZOD.test(issue.message)) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return typeWords(issue);
    case "too_small":
      return sizeWords(issue, String(issue.minimum), "least");
    case "too_big":
      return sizeWords(issue, String(issue.maximum), "most");
    case "invalid_value":
      return Array.isArray(issue.values) && issue.values.length > 1
        ? `must be one of ${listed(issue.values)}`
        : `must be ${listed(issue.values)}`;
    case "invalid_format":
      return formatWords(issue);
    case "invalid_union":
      return unionWords(issue);
    case "unrecognized_keys":
      return `has fields that do not exist here: ${listed(issue.keys)}`;
    case "not_multiple_of":
      return `must be a multiple of ${String(issue.divisor)}`;
    default:
      return "is not valid";
  }
}

/**
 * Describes every problem of an input.
 *
 * @param of the input's own name; empty: the fields have no name before them
 * @example
 * problemsIn(error.issues, "options"); // ["options.slippageBps: must be at most 10000"]
 */
export const problemsIn = (issues: readonly Issue[], of: string): string[] =>
  issues.map((issue) => {
    const name = [of, ...(issue.path ?? [])]
      .map(String)
      .filter((part) => part !== "")
      .join(".");
    return name === "" ? issueWords(issue) : `${name}: ${issueWords(issue)}`;
  });
