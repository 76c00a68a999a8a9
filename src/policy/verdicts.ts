/** Holds this process's verdicts. Only the policy seals them; the keyring opens them (approved-bytes.ts). */
import { createSeal } from "./seal.ts";

export const verdicts = createSeal();
