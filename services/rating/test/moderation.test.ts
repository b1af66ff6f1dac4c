import { expect, test } from "vitest";
import { flagsOf } from "../src/moderation.ts";

const flags = (comment: string, title = "", author = "Ada") => flagsOf({ title, comment, author });

test.each([
  "Warm, soft and just my size. I bought two more pairs.",
  "Not good at all: the heel was through in a week!!!",
  "Damn fine socks, hell of a bargain.",
  "I live in Scunthorpe and my shitake socks arrived on time.",
  "Warm.They did not shrink at 40 degrees; 7/10, would buy again",
  "LOVE THEM",
  "XL, 80% wool... arrived 2026-01-05, order no. 100000",
  "Очень тёплые носки",
  "暖かい靴下です。とても気に入りました。",
  "",
])("an ordinary rating is shown at once: %s", (comment) => {
  expect(flags(comment)).toEqual([]);
});

test.each([
  "see https://cheap.example/socks",
  "buy at www.cheaper-socks",
  "go to socks4less.com for better",
  "Go To SOCKS.SHOP now",
  "mail me: sock.fan@example.org",
  "see ｈｔｔｐ：／／cheap",
  "see che\u200bap-socks.c\u200bom",
])("a link is held back: %s", (comment) => {
  expect(flags(comment)).toEqual(["link"]);
});

test.each([
  "The shop is run by idiots",
  "What a SHIT sock",
  "sh1t quality",
  "$h!t socks",
  "Fuuuuuck this",
  "f\u00fcck this",
  "you m0r0n!",
  "assholes",
])("abuse is held back in every spelling: %s", (comment) => {
  expect(flags(comment)).toContain("abuse");
});

test("drawn-out signs, repeated words and shouting are held back, in the title too", () => {
  expect(flags("sooooooo soft")).toEqual(["repetition"]);
  expect(flags("wow!!!!!!!!")).toEqual(["repetition"]);
  expect(flags("buy buy buy, Buy buy")).toEqual(["repetition"]);
  expect(flags("THESE SOCKS ARE THE WORST EVER MADE")).toEqual(["shouting"]);
  expect(flags("Fine.", "NEVER EVER BUY HERE AGAIN PEOPLE")).toEqual(["shouting"]);
});

test("a name is shown with the rating, and so it is looked at with it", () => {
  expect(flags("Warm.", "", "cheap-socks.com")).toEqual(["link"]);
  expect(flags("Warm.", "", "BARTHOLOMEW FEATHERSTONE")).toEqual([]);
});

test("the longest text of the worst kind is judged at once", () => {
  for (const worst of ["a", "a.", "-", "a@", "a ", "aA", "@.", "1", "fu"])
    expect(flags(worst.repeat(2_000 / worst.length))).toBeDefined();
});
