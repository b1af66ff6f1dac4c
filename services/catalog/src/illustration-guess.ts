import { brightness } from "./illustration-colour.ts";
import {
  type Cuff,
  type Motif,
  motifs,
  type Palette,
  type Pattern,
  patterns,
  type Silhouette,
  type SockDesign,
} from "./illustration-design.ts";
import { chanceFrom, hashOf } from "./illustration-weave.ts";

/** What a product tells about its looks when nobody drew it; `options` are those of one variant. */
export type ProductAttributes = {
  name: string;
  category?: string;
  tags?: readonly string[];
  options?: Readonly<Record<string, string>>;
};

const palettes: Palette[] = [
  ["#23395b", "#f2b134", "#f7ede2"],
  ["#b5453c", "#f3d9b1", "#28464b"],
  ["#2f6b5e", "#f4e3c1", "#e98a5b"],
  ["#f0e6d2", "#2a6f97", "#e76f51"],
  ["#5d4a7e", "#f2c6d0", "#ffcf70"],
  ["#f3b8ae", "#9d3b54", "#fff3e6"],
  ["#3a4a5c", "#8fc1b5", "#f5d491"],
  ["#d98f2b", "#3b2f4a", "#fbeed3"],
  ["#8aa67e", "#fbf3df", "#bb5a3c"],
  ["#7fb2cf", "#f9f1e3", "#d2503f"],
  ["#6b3f32", "#e9b384", "#f6ead8"],
  ["#41434f", "#dfe3e6", "#e2574c"],
];
const colourWords: Record<string, string> = {
  black: "#2b2b33",
  grey: "#7d858c",
  gray: "#7d858c",
  charcoal: "#41434f",
  white: "#f6f3ec",
  cream: "#f0e6d2",
  beige: "#dcc9a8",
  brown: "#6b4a35",
  red: "#c0392f",
  burgundy: "#7a2637",
  orange: "#e07b39",
  mustard: "#d49a28",
  yellow: "#f2c14e",
  green: "#3f7d54",
  olive: "#75773a",
  teal: "#257a7a",
  mint: "#a8d5ba",
  blue: "#2f6fae",
  navy: "#1f3357",
  purple: "#684a8c",
  lavender: "#b9a5d6",
  pink: "#eba3b4",
};
const silhouetteWords: [RegExp, Silhouette][] = [
  [/\b(no-?show|invisible|liner)/, "noshow"],
  [/\bslipper|\bhouse sock/, "slipper"],
  [/\b(kid|child|baby|toddler)/, "mini"],
  [/\b(knee|over-the-calf|ski)\b/, "knee"],
  [/\b(running|quarter|cycling|sport)/, "quarter"],
  [/\b(ankle|trainer|sneaker)/, "ankle"],
];
const patternWords: [RegExp, Pattern][] = [
  [/\bstrip/, "stripes"],
  [/\bbreton|\bpinstripe/, "pinstripes"],
  [/\bdot|\bspot/, "dots"],
  [/\bnordic|\bfair ?isle/, "fairisle"],
  [/\bombr|\bdip-?dye/, "gradient"],
  [/\bplaid|\btartan/, "tartan"],
  [/\bcheck/, "checks"],
  [/\bheart|\blove/, "hearts"],
  [/\bstar/, "stars"],
  [/\bmarl|\bragg|\btweed/, "speckle"],
  [/\brib/, "ribs"],
];
const calm: Pattern[] = [
  "plain",
  "stripes",
  "dots",
  "diamonds",
  "pinstripes",
  "chevron",
  "speckle",
  "blocks",
];
const cuffOf: Partial<Record<Silhouette, Cuff>> = { slipper: "fleece", noshow: "plain", knee: "folded" };

/** A design for a product that has none: what its words say, and the rest from its name, the same each time. */
export function designFromAttributes(product: ProductAttributes): SockDesign {
  const words = [product.name, product.category ?? "", ...(product.tags ?? [])].join(" ").toLowerCase();
  const chance = chanceFrom(hashOf(product.name));
  const any = <T>(list: readonly T[]) => list[Math.floor(chance() * list.length)] as T;
  const palette = tinted(any(palettes), Object.values(product.options ?? {}));
  const motif = motifs.find((name) => new RegExp(`\\b${name}`).test(words)) as Motif | undefined;
  const silhouette = silhouetteWords.find(([word]) => word.test(words))?.[1] ?? "crew";
  const said =
    patternWords.find(([word]) => word.test(words))?.[1] ?? patterns.find((name) => words.includes(name));
  return {
    silhouette,
    pattern: said ?? (motif ? "plain" : any(calm)),
    colours: palette,
    ...(chance() < 0.7 ? { heelToe: palette[2] } : {}),
    cuff: cuffOf[silhouette] ?? "ribbed",
    ...(motif ? { motif } : {}),
  };
}

/** The palette on a ground of the colour that an option names; yarns too close to it in brightness are exchanged. */
function tinted(palette: Palette, options: string[]): Palette {
  const said = options
    .join(" ")
    .toLowerCase()
    .split(/[^a-z]+/)
    .find((word) => Object.hasOwn(colourWords, word));
  if (!said) return palette;
  const ground = colourWords[said] as string;
  const stands = (yarn: string) => Math.abs(brightness(yarn) - brightness(ground)) > 0.22;
  const fallback = brightness(ground) > 0.5 ? "#3a3f55" : "#f7ede2";
  return [ground, stands(palette[1]) ? palette[1] : fallback, stands(palette[2]) ? palette[2] : "#e98a5b"];
}
