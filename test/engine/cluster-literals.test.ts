/**
 * Tests that the source contains no literal rent, slot time or finality depth, because we read them from the cluster
 * (ADR 0016). We parse the source and calculate constants, so that another way to write a number does not hide it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const FOLDERS = ["src", "web/src"];
/**
 * The files that may contain such literals: the bounds before the first answer, the localnet's own settings,
 * its market maker (which knows no other cluster), and the data of the journals' contract suite.
 */
const ALLOWED = [
  "src/engine/cluster/bounds.ts",
  "src/localnet/machines.ts",
  "src/localnet/desk/desk-chain.ts",
  "src/journal/contract/",
];

/** The rates that clusters have had, lamports per byte, and the older rate per byte and year. */
const RATES = [6_960, 6_333, 5_080, 2_575, 1_322, 3_480];
/** The lowest rate of the schedule is a small number that may mean other things. It counts only in a product. */
const LOWEST_RATE = 696;
/** The bytes of accounts: those of a wallet, of token accounts, mints, accumulators and nonces. */
const SIZES = [0, 8, 80, 82, 137, 165, 170, 173, 182];
const RENTS = new Set([
  ...RATES,
  ...[...RATES, LOWEST_RATE].flatMap((rate) => SIZES.map((bytes) => (128 + bytes) * rate)),
]);

const SLOT_TIMES = new Set([200, 250, 300, 350, 400, 0.2, 0.25, 0.3, 0.35, 0.4]);
/** Blocks of a blockhash's life and of finality on Tower, and the same with the block at the end. */
const DEPTHS = new Set([31, 32, 33, 150, 151]);

const OF_SLOTS = /slots?(_?(ms|time|millis\w*|seconds?))?$|block_?(ms|time\w*)$/i;
const OF_DEPTH = /finality\w*$|(finalized|confirmed|rooted)_?depth$/i;
const OF_HEIGHT = /slots?$|heights?$|blocks?$/i;
const OF_COMMITMENT = /commitment$|^until$/i;

/** Returns the value of a constant expression; undefined if it is not constant. */
function constantOf(node: ts.Expression): number | undefined {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isBigIntLiteral(node)) return Number(BigInt(node.text.replace(/n$/, "")));
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return constantOf(node.expression);
  if (ts.isCallExpression(node)) {
    const [argument] = node.arguments;
    if (!argument || !/^(BigInt|Number|lamports)$/.test(nameOf(node.expression))) return undefined;
    return ts.isStringLiteralLike(argument) ? Number(argument.text) : constantOf(argument);
  }
  if (!ts.isBinaryExpression(node)) return undefined;
  const left = constantOf(node.left);
  const right = left === undefined ? undefined : constantOf(node.right);
  if (left === undefined || right === undefined) return undefined;
  const values: Partial<Record<ts.SyntaxKind, number>> = {
    [ts.SyntaxKind.PlusToken]: left + right,
    [ts.SyntaxKind.MinusToken]: left - right,
    [ts.SyntaxKind.AsteriskToken]: left * right,
    [ts.SyntaxKind.SlashToken]: left / right,
    [ts.SyntaxKind.AsteriskAsteriskToken]: left ** right,
    [ts.SyntaxKind.LessThanLessThanToken]: left * 2 ** right,
  };
  return values[node.operatorToken.kind];
}

/** Returns the last name of an expression: `slots` of `this.#slots` and of `BigInt(slots)`. */
function nameOf(node: ts.Node): string {
  if (ts.isCallExpression(node) && node.arguments.length === 1) return nameOf(node.arguments[0] ?? node);
  if (ts.isParenthesizedExpression(node)) return nameOf(node.expression);
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return ts.isIdentifier(node) || ts.isStringLiteralLike(node) || ts.isPrivateIdentifier(node)
    ? node.text
    : "";
}

/** Returns the name and the value that a node gives it: a variable, a property, a parameter, a default, an assignment. */
function given(node: ts.Node): [string, ts.Expression] | undefined {
  const isDeclared =
    ts.isVariableDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node);
  if (isDeclared) return node.initializer && [nameOf(node.name), node.initializer];
  const gives = [ts.SyntaxKind.EqualsToken, ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.BarBarToken];
  if (ts.isBinaryExpression(node) && gives.includes(node.operatorToken.kind)) {
    return [nameOf(node.left), node.right];
  }
  return undefined;
}

/** A file without any such text, which has no number of several digits, need not be parsed. */
const MAY_VIOLATE = /confirmed|(?<![\w$])(0x\w|\d*\.\d|\d[\d_]*[\de])/i;

const isProduct = ({ operatorToken: { kind } }: ts.BinaryExpression): boolean =>
  kind === ts.SyntaxKind.AsteriskToken || kind === ts.SyntaxKind.SlashToken;
const isSum = ({ operatorToken: { kind } }: ts.BinaryExpression): boolean =>
  kind === ts.SyntaxKind.PlusToken || kind === ts.SyntaxKind.MinusToken;

/** Whether a value, or one of its alternatives, is this commitment. Only `landedAt` chooses it, by the consensus. */
function mayBeConfirmed(node: ts.Expression): boolean {
  if (ts.isStringLiteralLike(node)) return node.text === "confirmed";
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return mayBeConfirmed(node.expression);
  if (ts.isConditionalExpression(node))
    return mayBeConfirmed(node.whenTrue) || mayBeConfirmed(node.whenFalse);
  return ts.isBinaryExpression(node) && (mayBeConfirmed(node.left) || mayBeConfirmed(node.right));
}

function violates(node: ts.Node): boolean {
  if (ts.isExpression(node)) {
    const value = constantOf(node);
    if (value !== undefined && RENTS.has(value)) return true;
  }
  const [name = "", assigned] = given(node) ?? [];
  const value = assigned && constantOf(assigned);
  if (value !== undefined && value > 0) {
    if (/slot_?(ms|time)/i.test(name) || OF_DEPTH.test(name)) return true;
    if (OF_SLOTS.test(name) && SLOT_TIMES.has(value)) return true;
  }
  if (assigned && OF_COMMITMENT.test(name) && mayBeConfirmed(assigned)) return true;
  if (!ts.isBinaryExpression(node)) return false;
  for (const [one, other] of [
    [node.left, node.right],
    [node.right, node.left],
  ] as const) {
    const constant = constantOf(one);
    if (constant === undefined) continue;
    if (isProduct(node) && OF_SLOTS.test(nameOf(other)) && SLOT_TIMES.has(constant)) return true;
    if (isProduct(node) && constant === LOWEST_RATE) return true;
    if (isSum(node) && OF_HEIGHT.test(nameOf(other)) && DEPTHS.has(constant)) return true;
  }
  return false;
}

function violationsOf(source: string, file = "planted.ts"): string[] {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return;
    if (violates(node)) lines.add(parsed.getLineAndCharacterOfPosition(node.getStart(parsed)).line);
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  return [...lines].map((line) => source.split("\n")[line]?.trim() ?? "");
}

describe("a cluster is read, not assumed", () => {
  it("no file names a rent, a slot time or a finality depth but the bounds and the localnet's settings", () => {
    const found = FOLDERS.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .map((file) => join(folder, file))
        .filter((file) => /\.tsx?$/.test(file) && !ALLOWED.some((allowed) => file.startsWith(allowed)))
        .flatMap((file) => {
          const source = readFileSync(file, "utf8");
          return MAY_VIOLATE.test(source) ? violationsOf(source, file).map((line) => `${file}: ${line}`) : [];
        }),
    );
    expect(found).toEqual([]);
  });

  it.each([
    "const RENT = 2_039_280n;",
    "const RENT = 0x1f1df0n;",
    "const RENT = 2.03928e6;",
    'const RENT = BigInt("1488440");',
    "const wallet = 128n * rate + 650_240n;",
    "const RENT = (128n + 165n) * 696n;",
    "return bytes * 6960;",
    "return (128n + bytes) * 696n;",
    "const FIRST_SLOT_MS = 400;",
    "const slotTimeMs = 100 * 2;",
    "const SLOT = 400;",
    "const { slotMs = 200 } = options;",
    "this.#slotMs = options.slotMs ?? 400;",
    "const waited = slots * 400;",
    "const waited = Number(tip - this.slot) + 0.4 * slots;",
    "finalizedDepth: 32,",
    "const FINALITY_SLOTS = 32;",
    "const isFinal = slot + 32n < tip;",
    "const L = blockHeight + 150n;",
    'params: [{ commitment: "confirmed" }],',
    'const options = { preflightCommitment: "confirmed" };',
    'watch(signature, { until: "confirmed" });',
    'const commitment = asked ?? "confirmed";',
  ])("sees %s", (line) => {
    // A property alone is no statement.
    const isProperty = /^\w+: /.test(line);
    expect(violationsOf(isProperty ? `const a = {\n${line}\n};` : line)).toEqual([line]);
  });

  it.each([
    "const at = 16_960;",
    "// 890,880 lamports, once 890880",
    "/* slotMs: 400 */",
    "type Depth = { finalizedDepth: number };",
    "const PAUSE_MS = 400;",
    "const account = bytes.slice(at, at + 32);",
    'const isSettled = state === "confirmed";',
    "const slot = 0n;",
  ])("lets %s pass", (line) => {
    expect(violationsOf(line)).toEqual([]);
  });
});
