/** One known mistake: a small change of the source, and the tests that have to notice it. */
import type { Change } from "./copy.ts";

export type Mutant = Change & {
  readonly name: string;
  /** What is wrong with it. */
  readonly mistake: string;
  /** The tests that have to notice. */
  readonly suites: readonly string[];
};
