import type { RatingFlag } from "@sockshop/contracts/rating.ts";
import { abusiveWords } from "./abusive-words.ts";
import type { RatingTexts } from "./rating-texts.ts";

/** Why a rating should be read by a moderator before it is shown; empty for most. */
export function flagsOf(texts: RatingTexts): RatingFlag[] {
  // Compatibility forms are folded first: ｈｔｔｐ and 𝐡𝐭𝐭𝐩 are links too. What cannot be seen is left out.
  const parts = [texts.author, texts.title, texts.comment].map((part) =>
    part.normalize("NFKC").replace(/\p{DI}/gu, ""),
  );
  const whole = parts.join("\n");
  const rules: [RatingFlag, boolean][] = [
    ["link", hasLink(whole)],
    ["abuse", hasAbuse(whole)],
    ["repetition", hasRepetition(whole)],
    // The name is how its bearer writes it.
    ["shouting", parts.slice(1).some(isShouting)],
  ];
  return rules.filter(([, applies]) => applies).map(([flag]) => flag);
}

// Only endings that are in wide use: "warm.They" is a missing space and no link.
const endings =
  "com|net|org|info|biz|shop|store|online|site|xyz|top|club|app|dev|io|co|me|ru|cn|tk|ly|gl|to|cc|link|click";
const link = new RegExp(
  `[a-z][a-z0-9+.-]*:\\/\\/|\\bwww\\.|[\\w.+-]+@[\\w-]+\\.\\w|(?<![\\w.])[\\w-]{2,}(\\.[\\w-]+)*\\.(${endings})(?![\\w])`,
  "iu",
);
const hasLink = (text: string) => link.test(text);

const letterFor: Record<string, string> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

/** Words as a reader hears them: without accents, with letters for the digits that stand for them. */
function spokenWords(text: string): string[] {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.split(/[^\p{L}\p{N}@$!]+/u).flatMap((word) => {
    const bare = word.replace(/[@$!]+$/, "");
    return [bare, bare.replace(/[013457@$!]/g, (sign) => letterFor[sign] ?? sign)];
  });
}

function hasAbuse(text: string): boolean {
  return spokenWords(text).some(
    (word) =>
      abusiveWords.has(word) ||
      abusiveWords.has(word.replace(/(.)\1+/gu, "$1")) ||
      abusiveWords.has(word.replace(/(.)\1{2,}/gu, "$1$1")),
  );
}

/** A sign drawn out to six or more, or one word said five times on end. */
function hasRepetition(text: string): boolean {
  if (/([^\s.\-–—_=*])\1{5,}/u.test(text)) return true;
  return /(?<![\p{L}\p{N}])([\p{L}\p{N}]+)(?:[^\p{L}\p{N}]+\1){4,}(?![\p{L}\p{N}])/iu.test(text);
}

const enoughLetters = 20;

/** Mostly capitals, in a text long enough to say so; scripts without capitals never shout. */
function isShouting(text: string): boolean {
  const capitals = text.match(/\p{Lu}/gu)?.length ?? 0;
  const cased = capitals + (text.match(/\p{Ll}/gu)?.length ?? 0);
  return cased >= enoughLetters && capitals / cased > 0.7;
}
