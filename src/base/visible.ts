/**
 * Makes text from third parties safe to show. It replaces characters that a terminal or a reader would obey
 * instead of showing (escape sequences, marks that change the direction of writing, characters without width)
 * by their codes.
 */

/**
 * Control characters, the marks of bidirectional text, invisible characters, and line ends that editors hide.
 */
const UNSEEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu;

const asCode = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;

/** Returns whether a text has any such character. */
export const hasUnseen = (text: string): boolean => text.search(UNSEEN) !== -1;

/**
 * Returns one line in which every character is visible.
 * @example
 * visible("paid\u001b[2K"); // "paid\\u001b[2K"
 */
export const visible = (text: string): string =>
  text.replace(UNSEEN, (found) => (found === "\n" || found === "\t" ? " " : asCode(found)));

/**
 * The styles that our own output uses: bold, dim, and the plain colours. None of them hides or moves text.
 */
const OWN_STYLES = /\[(?:0|1|2|22|3[1-7]|39|90)m/y;
const ESCAPE = "\u001b";

/**
 * Prepares text for a terminal. Line breaks, tabs and our own colours pass. All other such characters become codes.
 */
export const forTerminal = (text: string): string =>
  text.replace(UNSEEN, (found, at: number) => {
    if (found === "\n" || found === "\t") return found;
    OWN_STYLES.lastIndex = at + 1;
    return found === ESCAPE && OWN_STYLES.test(text) ? found : asCode(found);
  });

/** Prepares a text with our own colours for one line of a terminal: line breaks and tabs become blanks. */
export const lineForTerminal = (text: string): string => forTerminal(text).replace(/[\n\t]/g, " ");

/** The characters of {@link UNSEEN} that JSON does not escape itself. */
const UNESCAPED = /[\u007f-\u009f\u061c\u200b-\u206f\ufeff]/g;

/** Escapes, in a text of JSON, the characters that a terminal could obey and that JSON does not escape. */
export const visibleJson = (json: string): string =>
  json.search(UNESCAPED) === -1 ? json : json.replace(UNESCAPED, asCode);
