/** Logs the engine's decisions: why it waits, which evidence is missing, what it passed over or signed again. */
import type { Logger } from "pino";
import { type Decision, describeDecision, type Journal } from "../engine/ports.ts";

/** A decision that may need a person's action is a warning. */
const LEVELS = {
  waits: "info",
  passesOver: "info",
  takes: "info",
  signsAgain: "warn",
  review: "warn",
  rests: "warn",
} as const satisfies Record<Decision["kind"], "info" | "warn">;

const LEG = /\.(\d+)$/;

/** Returns a journal that logs each new decision. A decision that could not be stored is logged as well. */
export const logDecisions = <Kept extends Pick<Journal, "appendDecision">>(
  journal: Kept,
  log: Logger,
): Kept => ({
  ...journal,
  async appendDecision(operation: string, decision: Decision) {
    const { kind, why: _why, ...about } = decision;
    const leg = LEG.exec(decision.step ?? "")?.[1];
    const fields = { operation, ...(leg === undefined ? {} : { leg: Number(leg) }), ...about };
    const say = (): void => log[LEVELS[kind]](fields, describeDecision(decision));
    try {
      const isNew = await journal.appendDecision(operation, decision);
      if (isNew) say();
      return isNew;
    } catch (error) {
      say();
      throw error;
    }
  },
});
