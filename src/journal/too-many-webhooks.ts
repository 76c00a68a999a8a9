/** The refusal of a webhook that a user may not have beside the others. */
import { CTOError } from "../errors/index.ts";

export const tooManyWebhooks = (most: number): CTOError =>
  new CTOError("CTO_E_WEBHOOK_INVALID", {
    fault: "tooMany",
    reason: `the user has ${most} webhooks already`,
  });
