/** Defines how the public pages word a state. */

/** The colour of a state. The label beside it carries the full meaning without the colour. */
export type Tone = "good" | "soon" | "bad" | "calm";

export type Wording = { readonly label: string; readonly tone: Tone; readonly says: string };
