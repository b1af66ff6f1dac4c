import fc from "fast-check";
import { expect, test } from "vitest";
import { designFromAttributes, drawSock, type SockDesign, sockDesign } from "../src/illustration.ts";
import { cuffs, motifs, patterns, silhouettes } from "../src/illustration-design.ts";
import { assertWellFormed } from "./well-formed.ts";

const design: SockDesign = {
  silhouette: "crew",
  pattern: "argyle",
  colours: ["#7c2d3b", "#e9d8b4", "#274b57"],
  heelToe: "#274b57",
  cuff: "ribbed",
  colourways: [
    { name: "Claret", colours: ["#7c2d3b", "#e9d8b4", "#274b57"], heelToe: "#274b57" },
    { name: "Moss", colours: ["#55633f", "#e6d3a3", "#a34a2c"] },
  ],
};
const hex = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, "0")}`);
const anyDesign = fc.record(
  {
    silhouette: fc.constantFrom(...silhouettes),
    pattern: fc.constantFrom(...patterns),
    colours: fc.tuple(hex, hex, hex),
    heelToe: hex,
    cuff: fc.constantFrom(...cuffs),
    motif: fc.constantFrom(...motifs),
  },
  { requiredKeys: ["silhouette", "pattern", "colours"] },
);
const idsOf = (svg: string) => [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id as string);

test("any valid design becomes a well-formed picture without a single broken number", () => {
  fc.assert(
    fc.property(anyDesign, (random) => {
      const svg = drawSock(random);
      assertWellFormed(svg);
      expect(svg).not.toMatch(/NaN|undefined|Infinity|e-\d/);
    }),
    { numRuns: 120 },
  );
});

test.each(patterns)("the pattern %s looks like no other", (pattern) => {
  const picture = (name: SockDesign["pattern"]) =>
    drawSock({ ...design, pattern: name }, { title: "same" }).replaceAll(/sock[0-9a-z]+-/g, "");
  const others = patterns.filter((other) => other !== pattern).map(picture);
  expect(others).not.toContain(picture(pattern));
});

test("a picture stands on its own: no scripts, no styles, no addresses but its own parts", () => {
  const svg = drawSock({ ...design, pattern: "plain", motif: "fox" });
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 400 400" role="img"/);
  expect(svg.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|data:|<script|<style|\son\w+=/);
  for (const [, target] of svg.matchAll(/(?:href="|url\()#([^")]+)/g)) expect(idsOf(svg)).toContain(target);
});

test("the title is the picture's name, with every mark of markup escaped", () => {
  const svg = drawSock(design, { title: `</title><script>alert("1")</script> & 'more'` });
  assertWellFormed(svg);
  expect(svg).not.toContain("<script");
  expect(svg).toContain(
    "&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;</title>",
  );
});

test("no title, however odd, breaks the picture", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (title) => assertWellFormed(drawSock(design, { title }))),
  );
});

test("characters that XML forbids are left out of the title", () => {
  expect(drawSock(design, { title: "a\u0000b\u0008c\uffffd\ud800e" })).toContain(">abcde</title>");
});

test("the same design gives the same picture, byte for byte", () => {
  expect(drawSock(structuredClone(design), { title: "Sock" })).toBe(drawSock(design, { title: "Sock" }));
});

test("ids of one picture are unique, and those of two pictures never meet", () => {
  const first = idsOf(drawSock(design, { title: "One" }));
  const second = idsOf(drawSock(design, { title: "Two" }));
  const moss = idsOf(drawSock(design, { title: "One", colourway: "Moss" }));
  const all = [...first, ...second, ...moss];
  expect(new Set(all).size).toBe(all.length);
});

test("a colourway is drawn in its colours, and one the design does not know in the design's own", () => {
  const moss = drawSock(design, { colourway: "Moss" });
  expect(moss).toContain("#55633f");
  expect(moss).not.toContain("#7c2d3b");
  expect(drawSock(design, { colourway: "Chartreuse" })).toBe(drawSock(design));
});

test.each([
  ["a colour that is none", { colours: ["red", "#ffffff", "#000000"] }, /colours|#1f6f8b/],
  ["markup in a colour", { heelToe: '#fff"/><script>' }, /heelToe/],
  ["an unknown pattern", { pattern: "houndstooth" }, /pattern/],
  ["an unknown silhouette", { silhouette: "glove" }, /silhouette/],
  ["an unknown motif", { motif: "constructor" }, /motif/],
  ["a field nobody knows", { sparkle: true }, /sparkle/],
])("%s is refused by name", (_, wrong, message) => {
  expect(() => drawSock({ ...design, ...wrong } as SockDesign)).toThrow(message);
});

test("a product without a design gets one from its words, the same every time", () => {
  const attributes = { name: "Grumpy Cat Knee High", category: "knee-high", tags: ["animals"] };
  const guess = designFromAttributes(attributes);
  expect(guess).toEqual(designFromAttributes(attributes));
  expect(guess).toMatchObject({ silhouette: "knee", pattern: "plain", motif: "cat" });
  expect(sockDesign.parse(guess)).toEqual(guess);
});

test("a colour among the options becomes the ground of a guessed design", () => {
  const guess = designFromAttributes({ name: "Any Sock", options: { size: "M", colour: "Dark Navy" } });
  expect(guess.colours[0]).toBe("#1f3357");
});

test("whatever a product is called, the guess can be drawn", () => {
  const attributes = fc.record(
    {
      name: fc.string(),
      category: fc.string(),
      tags: fc.array(fc.string(), { maxLength: 3 }),
      options: fc.dictionary(fc.string(), fc.string()),
    },
    { requiredKeys: ["name"] },
  );
  fc.assert(fc.property(attributes, (random) => assertWellFormed(drawSock(designFromAttributes(random)))));
});
