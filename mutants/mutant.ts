/** Defines the type of a known mistake: a small change of the source, and the tests that must fail with it. */
import type { Change } from "./copy.ts";

export type Mutant = Change & {
  readonly name: string;
  /** The description of the mistake. */
  readonly mistake: string;
  /** The test files of which at least one test must fail. */
  readonly suites: readonly string[];
};
