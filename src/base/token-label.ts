/**
 * What a token calls itself, made fit to be shown. Anyone may give a token any name, another token's name too, so a name proves
 * nothing and always stands beside the address. It is cleaned once, where it is read: no later reader (a page, a terminal,
 * a chat that takes Markdown) finds anything in it to obey, to follow or to be misled by.
 */

/** Both are empty where the token has none; never both at once. */
export type TokenLabel = {
  readonly symbol: string;
  readonly name: string;
  /** Nobody has checked it, and nobody can. */
  readonly unverified: true;
};

/** The most characters that are shown; longer text ends with an ellipsis. */
const MOST = { symbol: 12, name: 32 } as const;
/** Of a stranger's text, more is not even looked at: one character may normalise to eighteen. */
const LOOKED_AT = 128;

/** Nothing is seen of these: controls, marks of direction, joiners, surrogates, combining marks, empty letters. */
const UNSEEN = /[\p{C}\p{M}\p{Emoji_Modifier}\u115f\u1160\u3164\uffa0\u2800]/gu;
/** What says by itself that something was checked, and what HTML or Markdown would take for its own. */
const SPACES = /[\p{Z}\s*_~|\\#✓✔☑✅🗸🗹🛡🔒🔐🔏]/gu;
const PLAIN: Readonly<Record<string, string>> = {
  "<": "‹",
  ">": "›",
  "[": "(",
  "]": ")",
  '"': "'",
  "`": "'",
  "@": "(at)",
  "&": "+",
};

/** Letters that are told apart from Latin ones, in a word of their own; a word that mixes them with Latin ones imitates. */
const FOREIGN =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const LATIN = /[0-9A-Za-zÀ-ÖØ-öø-ÿ]/u;
/** Shown as they are wherever they stand: ASCII, accented Latin letters, currencies, pictures. */
const SHOWN = /[ -~‹›À-ÖØ-öø-ÿ€£¥₿…]|\p{Extended_Pictographic}/u;
/** Cyrillic and Greek letters that look like a Latin letter or a digit, in small or in capital form. */
const TWINS = new Set("авеѕіјкмнорстухүһԁԛԝӏгпьбзαβεζηικμνορτυχωγϲϳ");

const isTwin = (character: string): boolean => TWINS.has(character.toLowerCase());
const asCode = (character: string): string =>
  `(U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")})`;

/** A word's characters as they are shown: one that would be taken for another stands there as its code. */
const wordOf = (word: string): string[] => {
  const characters = [...word];
  const foreign = characters.filter((one) => FOREIGN.test(one));
  const imitates = characters.some((one) => LATIN.test(one)) || foreign.every(isTwin);
  return characters.map((one) => {
    const shown = FOREIGN.test(one) ? !imitates : SHOWN.test(one);
    return shown ? one : asCode(one);
  });
};

/**
 * One line of at most `most` characters, all of which are what they look like. A dot or a colon that would make a link of
 * two words gets a space.
 */
const cleaned = (text: string, most: number): string => {
  const plain = text
    .slice(0, LOOKED_AT)
    .normalize("NFKC")
    .replace(UNSEEN, "")
    .replace(SPACES, " ")
    .replace(/[<>[\]"`@&]/g, (found) => PLAIN[found] ?? "")
    .replace(/\/{2,}/g, "/")
    .replace(/([.:])(?=[^\s\d.])/g, "$1 ")
    .trim();
  const shown = plain.split(/ +/).flatMap((word, at) => [...(at === 0 ? [] : [" "]), ...wordOf(word)]);
  const whole = shown.length <= most ? shown : [...shown.slice(0, most - 1), "…"];
  return whole.join("").trim();
};

/**
 * Null where nothing is left to show.
 * @example
 * labelOf("US\u200bDC", "<b>USD Coin ✅</b>"); // { symbol: "USDC", name: "‹b›USD Coin ‹/b›", unverified: true }
 */
export const labelOf = (symbol: string, name: string): TokenLabel | null => {
  const shown = { symbol: cleaned(symbol, MOST.symbol), name: cleaned(name, MOST.name) };
  return shown.symbol === "" && shown.name === "" ? null : { ...shown, unverified: true };
};

/** In one line, for people. @example labelWords(label); // "LOCAL, “Localnet token” (unverified)" */
export const labelWords = ({ symbol, name }: TokenLabel): string => {
  const words = name === "" || name === symbol ? symbol : `${symbol}${symbol === "" ? "" : ", "}“${name}”`;
  return `${words} (unverified)`;
};
