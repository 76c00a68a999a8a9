/** Adds users. */
import type { User } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { audit } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";

/**
 * @throws `CTO_E_USER_EXISTS`
 * @example
 * await addUser(context, { id: "user123", name: "Ada" });
 */
export async function addUser(
  context: Pick<CTOContext, "config" | "journal">,
  user: { id: string; name?: string },
): Promise<User> {
  const { journal } = context;
  if ((await journal.readUser(user.id)) !== null) {
    throw new CTOError("CTO_E_USER_EXISTS", { userId: user.id });
  }
  await audit(context, "user.added", user.id);
  return journal.addUser(user);
}
