/** Parses the messages of Socket.IO clients, and answers them. */
import type { z } from "zod";
import { problemsIn } from "../../base/issue-words.ts";
import { CTOError } from "../../errors/index.ts";
import { toProblem } from "../problem.ts";
import type { Problem } from "../schemas/common.ts";

type Answer =
  | { readonly ok: true; readonly status?: string }
  | { readonly ok: false; readonly problem: Problem };

/** Sends the answer as an acknowledgement, if the client requested one. */
export async function answer(acknowledge: unknown, work: () => Promise<Answer>): Promise<void> {
  const tell = typeof acknowledge === "function" ? acknowledge : () => undefined;
  try {
    tell(await work());
  } catch (error) {
    tell({ ok: false, problem: toProblem(error) } satisfies Answer);
  }
}

/** @throws `CTO_E_REQUEST_INVALID` */
export const parsed = <Schema extends z.ZodType>(schema: Schema, message: unknown): z.infer<Schema> => {
  const result = schema.safeParse(message);
  if (result.success) return result.data;
  throw new CTOError("CTO_E_REQUEST_INVALID", { problems: problemsIn(result.error.issues, "message") });
};
