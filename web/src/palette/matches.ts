/** Compares a label with a typed text. */

/** Every word of the text must be in the label, in any order. */
export const matches = (label: string, text: string): boolean =>
  text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => label.toLowerCase().includes(word));
