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

const U64_MAX = String(2n ** 64n - 1n);

/** The texts with as many digits as the largest one that differ from it first in a smaller digit. */
const SMALLER = [...U64_MAX].flatMap((digit, at) => {
  const least = at === 0 ? 1 : 0;
  return Number(digit) > least
    ? [`${U64_MAX.slice(0, at)}[${least}-${Number(digit) - 1}][0-9]{${U64_MAX.length - at - 1}}`]
    : [];
});

/** A decimal number that fits into 64 bits, as every amount of lamports does. */
export const U64_TEXT = `^(?:[0-9]{1,${U64_MAX.length - 1}}|${SMALLER.join("|")}|${U64_MAX})$`;

const plain = new RegExp(PLAIN_TEXT, "u");
const plainId = new RegExp(PLAIN_ID, "u");
const HALF = /\p{Cs}/u;

/** Returns whether all characters of a text are visible and whole. */
export const isPlain = (text: string): boolean => plain.test(text) && !HALF.test(text);

/** Returns whether a plain text is safe as a part of a URL's path. Expects plain text. */
export const isPathSafe = (text: string): boolean => !isPlain(text) || plainId.test(text);
