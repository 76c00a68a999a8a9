/** Why something is not signed. Thrown within the policy alone, which gives it a code. */
export class Refused extends Error {}
