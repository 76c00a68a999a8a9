/**
 * Makes every character of a name visible. The server refuses the common invisible ones; those that are left could still
 * make two names look alike, or a name look empty.
 */

/** Characters without a shape: format characters, fillers, variation selectors and the like. */
const UNSEEN = /[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/gu;
/** Spaces that end a name, and spaces that are not the usual one. Two names may differ in nothing else. */
const UNSEEN_SPACE = /^ +| +$|(?! )\p{Zs}/gu;
/** They join letters and emoji in ordinary text, for example in Persian. After other characters they only hide. */
const JOINER = /\u200c|\u200d|\ufe0f/u;
const JOINED =
  /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f|(?!\p{Script=Latin}|\p{Script=Greek}|\p{Script=Cyrillic})\p{L}|\p{M}/u;

const asCode = (character: string): string =>
  `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`;

/**
 * @example
 * visible("al\u200bice"); // "al[U+200B]ice"
 */
export const visible = (text: string): string =>
  text
    .replace(UNSEEN, (found, at: number) => {
      const before = Array.from(text.slice(0, at)).at(-1) ?? "";
      return JOINER.test(found) && JOINED.test(before) ? found : asCode(found);
    })
    .replace(UNSEEN_SPACE, (found) => Array.from(found, asCode).join(""));
