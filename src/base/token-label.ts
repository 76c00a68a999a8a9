/**
 * Cleans a token's own symbol and name so that they are safe to show. Anyone may give a token any name, also
 * another token's name. A name therefore proves nothing, and we always show it together with the address. We
 * clean it once, where it is read: no later reader (a page, a terminal, a chat that takes Markdown) then
 * finds a control sequence, a link or a misleading character in it.
 */

/** A part that the token lacks is empty. The two are never both empty. */
export type TokenLabel = {
  readonly symbol: string;
  readonly name: string;
  /** Nobody can verify a name. */
  readonly unverified: true;
};

/** The most characters that we show, codes of replaced characters included. Longer text ends with an ellipsis. */
const MOST = { symbol: 12, name: 32 } as const;
/** The most characters that we read of the text, because one character may normalise to eighteen. */
const LOOKED_AT = 128;

/**
 * Invisible characters: controls, marks of direction, joiners, surrogates, combining marks, empty letters.
 */
const UNSEEN = /[\p{C}\p{M}\p{Emoji_Modifier}\u115f\u1160\u3164\uffa0\u2800]/gu;
/**
 * Characters that look like a mark of verification, and characters with a meaning in Markdown. Spaces replace them.
 */
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

/**
 * Scripts other than Latin. We show such a letter if its word has no Latin letter and not only twins of Latin
 * letters; otherwise the word imitates a Latin one.
 */
const FOREIGN =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const LATIN = /[0-9A-Za-zÀ-ÖØ-öø-ÿ]/u;
/** Characters that we always show unchanged: ASCII, accented Latin letters, currencies, pictures. */
const SHOWN = /[ -~‹›À-ÖØ-öø-ÿ€£¥₿…]|\p{Extended_Pictographic}/u;
/** Cyrillic and Greek letters that look like a Latin letter or a digit, as small or as capital letters. */
const TWINS = new Set("авеѕіјкмнорстухүһԁԛԝӏгпьбзαβεζηικμνορτυχωγϲϳ");

const isTwin = (character: string): boolean => TWINS.has(character.toLowerCase());
const asCode = (character: string): string =>
  `(U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")})`;

/**
 * Returns a word's characters as we show them. A character that could be mistaken for another is replaced by its code.
 */
const wordOf = (word: string): string[] => {
  const characters = [...word];
  const foreign = characters.filter((one) => FOREIGN.test(one));
  const imitates = characters.some((one) => LATIN.test(one)) || foreign.every(isTwin);
  return characters.map((one) => {
    const shown = FOREIGN.test(one) ? !imitates : SHOWN.test(one);
    return shown ? one : asCode(one);
  });
};

/** Keeps whole parts, each a character or a code, as far as they fit. */
const cut = (parts: readonly string[], most: number): readonly string[] => {
  let size = 0;
  const ends = parts.map((part) => {
    size += [...part].length;
    return size;
  });
  return size <= most ? parts : [...parts.filter((_, at) => (ends[at] ?? size) < most), "…"];
};

/**
 * Returns one line of at most `most` characters, without misleading characters. A dot or a colon that would
 * make a link of two words gets a space.
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
  return cut(shown, most).join("").trim();
};

/**
 * Returns null if nothing is left to show.
 * @example
 * labelOf("US\u200bDC", "<b>USD Coin ✅</b>"); // { symbol: "USDC", name: "‹b›USD Coin ‹/b›", unverified: true }
 */
export const labelOf = (symbol: string, name: string): TokenLabel | null => {
  const shown = { symbol: cleaned(symbol, MOST.symbol), name: cleaned(name, MOST.name) };
  return shown.symbol === "" && shown.name === "" ? null : { ...shown, unverified: true };
};

/**
 * Formats a label in one line for people.
 * @example
 * labelWords(label); // "LOCAL, “Localnet token” (unverified)"
 */
export const labelWords = ({ symbol, name }: TokenLabel): string => {
  const words = name === "" || name === symbol ? symbol : `${symbol}${symbol === "" ? "" : ", "}“${name}”`;
  return `${words} (unverified)`;
};
