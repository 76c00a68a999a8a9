/**
 * Defines which text people and callers may send, as patterns that every tool of JSON Schema can read. Few of them know
 * `\p{Cc}` and look-aheads. No pattern can name half characters (lone surrogates) for all of them; a check of its own
 * refuses those.
 */

/** Control characters, the marks of bidirectional text, invisible characters, and line ends that editors hide. */
const UNSEEN =
  "\\u0000-\\u001F\\u007F-\\u009F\\u061C\\u200B\\u200E\\u200F\\u2028-\\u202E\\u2060\\u2066-\\u2069\\uFEFF";

/** Any text without the characters above. */
export const PLAIN_TEXT = `^[^${UNSEEN}]*$`;

const LATER = `[^/\\\\${UNSEEN}]`;
/** A part of an id between slashes: anything but `.` and `..`, also nothing. */
const PART = `(?:[^./\\\\${UNSEEN}]${LATER}*|\\.[^./\\\\${UNSEEN}]${LATER}*|\\.\\.${LATER}+)?`;

/** Plain text in which no part between slashes is `.` or `..`, because it would change a URL's path. */
export const PLAIN_ID = `^${PART}(?:[/\\\\]${PART})*$`;

const plain = new RegExp(PLAIN_TEXT, "u");
const plainId = new RegExp(PLAIN_ID, "u");
const HALF = /\p{Cs}/u;

/** Returns whether all characters of a text are visible and whole. */
export const isPlain = (text: string): boolean => plain.test(text) && !HALF.test(text);

/** Returns whether a plain text is safe as a part of a URL's path. Expects plain text. */
export const isPathSafe = (text: string): boolean => !isPlain(text) || plainId.test(text);
