/** The verdicts of this process. The policy alone seals them; the keyring opens them (approved-bytes.ts). */
import { createSeal } from "./seal.ts";

export const verdicts = createSeal();
