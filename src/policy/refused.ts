/** Why the policy refuses to sign. Only the policy throws it, and converts it to an error with a code. */
export class Refused extends Error {}
