/** Tests that canonical JSON is that of RFC 8785, for the values that it accepts, and that it refuses all others. */
import { describe, expect, it } from "vitest";
import { type CanonicalValue, canonicalJson } from "../../src/base/canonical-json.ts";
import fc from "../support/fast-check.ts";

const value = fc.letrec<{ any: CanonicalValue }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: "binary" }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: "binary" }), tie("any"), { maxKeys: 5 }),
  ),
})).any;

/** The same value with the names of every object in the opposite order. */
const turned = (one: CanonicalValue): CanonicalValue => {
  if (Array.isArray(one)) return one.map(turned);
  if (one === null || typeof one !== "object") return one;
  return Object.fromEntries(
    Object.entries(one)
      .toReversed()
      .map(([name, field]) => [name, turned(field)]),
  );
};

describe("canonical JSON", () => {
  it("sorts names by UTF-16 code units, as section 3.2.3 of the RFC shows", () => {
    const names = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6"];
    const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])));
    expect(Object.keys(JSON.parse(text)).sort()).toEqual(names.toSorted());
    const order = ["\\r", "1", "\u0080", "\u00f6", "\u20ac", "\u{1f600}", "\ufb33"];
    expect(text).toBe(`{${order.map((name) => `"${name}":0`).join(",")}}`);
  });

  it("writes texts and literals as section 3.2.2 of the RFC shows", () => {
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\\\"/')).toBe('"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"');
    expect(canonicalJson([null, true, false])).toBe("[null,true,false]");
    expect(canonicalJson([0, -0, -1, Number.MAX_SAFE_INTEGER])).toBe("[0,0,-1,9007199254740991]");
  });

  it("is the same in whatever order the names were written, and says the same", () => {
    fc.assert(
      fc.property(value, (one) => {
        const text = canonicalJson(one);
        expect(canonicalJson(turned(one))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(one)));
      }),
    );
  });

  it.each([
    ["a fraction", 0.5],
    ["an unsafe integer", 2 ** 53],
    ["no number", Number.NaN],
    ["half of a surrogate pair", "\ud83d"],
    ["such a name", { "\udc00": 1 }],
    ["a field without a value", { a: undefined }],
    ["a hole in a list", new Array(1)],
    ["a large integer", 1n],
    ["a date", new Date(0)],
    ["a map", new Map()],
  ])("refuses %s", (_, wrong) => {
    expect(() => canonicalJson(wrong as CanonicalValue)).toThrow(TypeError);
  });
});
