/** Presents a call as the API's schema has it: the same values, in arrays that may be changed. */
import type { z } from "zod";
import type { CallView } from "../services/calls/view.ts";
import type { callSchema } from "./schemas/calls.ts";

export const presentCall = ({
  pledges,
  muster,
  powers,
  sales,
  salesUnread,
  ...view
}: CallView): z.input<typeof callSchema> => ({
  ...view,
  powers: [...powers],
  sales: [...sales],
  salesUnread: [...salesUnread],
  pledges: [...pledges],
  muster: muster && { ...muster, members: [...muster.members] },
});
