/**
 * Text of strangers, made fit to be shown: what a terminal or a reader would obey instead of showing it (escape sequences,
 * marks that turn the direction of writing, characters without width) stands there as its code.
 */

/** Control characters, the marks of bidirectional text, invisible characters, and line ends that editors hide. */
const UNSEEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu;

const asCode = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;

/** Whether a text holds any of it. */
export const hasUnseen = (text: string): boolean => text.search(UNSEEN) !== -1;

/**
 * One line, all of which is seen.
 * @example
 * visible("paid\u001b[2K"); // "paid\\u001b[2K"
 */
export const visible = (text: string): string =>
  text.replace(UNSEEN, (found) => (found === "\n" || found === "\t" ? " " : asCode(found)));

/** The styles that our own output has: bold, dim, and the plain colours. None of them hides or moves anything. */
const OWN_STYLES = /\[(?:0|1|2|22|3[1-7]|39|90)m/y;
const ESCAPE = "\u001b";

/** What a terminal is sent: lines and our own colours pass, everything else is seen as it is. */
export const forTerminal = (text: string): string =>
  text.replace(UNSEEN, (found, at: number) => {
    if (found === "\n" || found === "\t") return found;
    OWN_STYLES.lastIndex = at + 1;
    return found === ESCAPE && OWN_STYLES.test(text) ? found : asCode(found);
  });
