// What seed and merchants call their yarns; a name that CSS knows needs no entry.
const yarns: Record<string, string> = {
  navy: "#22325c",
  oat: "#e3d6bd",
  oatmeal: "#e3d6bd",
  cream: "#f3ead7",
  ecru: "#efe6d0",
  sand: "#d8c3a0",
  camel: "#b98d5a",
  forest: "#2f5d43",
  moss: "#76804a",
  sage: "#a4b494",
  mint: "#a8dcc4",
  olive: "#6d6b35",
  mustard: "#d9a028",
  ochre: "#c98a2b",
  marigold: "#eba937",
  rust: "#b4532a",
  terracotta: "#c76a4a",
  brick: "#9c3f30",
  burgundy: "#6f1f33",
  wine: "#6f1f33",
  berry: "#94315f",
  plum: "#6c3a66",
  lilac: "#bba6d8",
  rose: "#dc8f9b",
  blush: "#eec3bf",
  coral: "#ee7d68",
  sky: "#8fc1e3",
  denim: "#47658c",
  ocean: "#23677f",
  petrol: "#1e5560",
  charcoal: "#3c4147",
  graphite: "#4c5157",
  slate: "#66727d",
  stone: "#b5afa4",
  heather: "#9d9aa8",
};

export const isColourOption = (name: string): boolean => /^colou?r$/i.test(name);

/** A paint for a colour's name: ours, CSS's, or nothing when neither knows it. */
export function paint(name: string): string | undefined {
  const plain = name.trim().toLowerCase();
  const last = plain.split(/[\s-]+/).at(-1) ?? plain;
  const known = yarns[plain] ?? yarns[last];
  if (known) return known;
  return [plain.replaceAll(" ", ""), last].find((word) => globalThis.CSS?.supports?.("color", word));
}

const drawn = /^\/api\/catalog\/images\/[^?]+$/;

/** A product's picture in the colour of these options, where the shop draws it itself. */
export function pictureIn(image: string, options: Record<string, string>): string {
  const colour = Object.entries(options).find(([name]) => isColourOption(name))?.[1];
  return colour && drawn.test(image) ? `${image}?${new URLSearchParams({ colour })}` : image;
}
