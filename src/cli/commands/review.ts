/** Defines `cto review`, which shows unproved steps and returns that wait to be signed, and records a person's decision. */
import { type Command, Option } from "commander";
import { visible } from "../../base/visible.ts";
import { RESOLUTIONS, type Resolution } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import { actorOf } from "../../runtime/audit-log.ts";
import { withWorkerPorts } from "../../runtime/worker-ports.ts";
import { resolveStep } from "../../services/resolve-step.ts";
import { type Review, reviewOperation } from "../../services/review.ts";
import { action, withContext } from "../action.ts";

type Options = { step?: string; mark?: Resolution; reason?: string; reviewer?: string; force?: boolean };

const EXAMPLES = `
Examples:
  $ cto review op_4fQ…
  $ cto review op_4fQ… --step op_4fQ….buy.3 --mark dead --reason "two explorers do not know the signature"

A step needs a review when the endpoints gave no proof that it landed or is dead. The command shows the evidence for every
attempt. After a restore it also searches the wallet's history for what was signed after the backup. A return of unspent
funds that could not be signed is shown, too: it is tried again, and --mark dead ends it. A mark is a decision about money;
it is recorded with the reviewer's name and the reason. In the audit log the actor is CTO_ACTOR, or the system's user name,
as for every other command.`;

export function addReviewCommand(program: Command): void {
  program
    .command("review")
    .argument("<jobId>")
    .description(
      "show steps whose outcome could not be proved, and returns that could not be signed; mark a step dead or landed",
    )
    .option("--step <id>", "the step to mark")
    .addOption(new Option("--mark <what>", "the outcome").choices(RESOLUTIONS))
    .option("--reason <text>", "why, for the record")
    .option("--reviewer <name>", "who decides (default: CTO_ACTOR, or the system's user name)")
    .option("--force", "decide without sufficient evidence; never against a landed transaction")
    .addHelpText("after", EXAMPLES)
    .action(
      action<[jobId: string], Options>(async (terminal, [jobId], options) => {
        await withContext((context) =>
          withWorkerPorts(context, async (ports) => {
            if (options.mark !== undefined) {
              const actor = actorOf(context.config);
              const { step, mark, reason, reviewer = actor, force = false } = options;
              if (step === undefined || reason === undefined) {
                throw new CTOError("CTO_E_USAGE", { problem: "--mark needs --step and --reason" });
              }
              await resolveStep(context, ports, step, { resolution: mark, reviewer, actor, reason, force });
            }
            const review = await reviewOperation(context, ports, jobId);
            terminal.answer(toJson(review), () => toText(review));
          }),
        );
      }),
    );
}

const toJson = (review: Review): unknown =>
  JSON.parse(JSON.stringify(review, (_key, value) => (typeof value === "bigint" ? String(value) : value)));

function toText({ operationId, status, steps }: Review): string {
  if (steps.length === 0) return `${operationId} is ${status}; nothing of it needs a review`;
  const lines = steps.flatMap(({ stepId, address, lamports, status, failure, attempts, conclusion }) => [
    `${stepId}  ${address ?? "unknown wallet"}  ${lamports ?? "?"} lamports`,
    ...attempts.flatMap(({ number, signature, signedAt, lastValidBlockHeight, endpoints }) => [
      `  attempt ${number}  ${signature}`,
      `    signed ${signedAt.toISOString()}, could land until block ${lastValidBlockHeight + 1n}`,
      ...endpoints.map(
        ({ endpoint, finalizedHeight, says }) => `    ${endpoint} at block ${finalizedHeight}: ${says}`,
      ),
    ]),
    ...(status === "ready" && failure ? [`  could not be signed: ${visible(failure.message)}`] : []),
    `  ${conclusion}`,
  ]);
  return [`${operationId} is ${status}`, ...lines].join("\n");
}
