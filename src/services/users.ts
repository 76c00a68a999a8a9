/** Adds users. */
import { problemsOf } from "../contract/parse.ts";
import { newUserSchema } from "../contract/types.ts";
import type { User } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { audited } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";

/**
 * Adds a user.
 *
 * @throws `CTO_E_USER_INVALID`, `CTO_E_USER_EXISTS`
 * @example
 * await addUser(context, { id: "user123", name: "Ada" });
 */
export async function addUser(
  context: Pick<CTOContext, "config" | "journal">,
  user: { id: string; name?: string },
): Promise<User> {
  const { journal } = context;
  const parsed = newUserSchema.safeParse(user);
  if (!parsed.success) throw new CTOError("CTO_E_USER_INVALID", { problems: problemsOf(parsed.error, "") });
  if ((await journal.readUser(user.id)) !== null) {
    throw new CTOError("CTO_E_USER_EXISTS", { userId: user.id });
  }
  return audited(context, { action: "user.added", subject: user.id }, () => journal.addUser(user));
}
