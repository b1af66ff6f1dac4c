import type { SockDesign } from "../src/illustration-design.ts";

export type SeedVariant = {
  sku: string;
  options: { size: string; colour: string };
  priceCents: number;
  stock: number;
};
export type Material = { fibre: string; percent: number };
export type SeedProduct = {
  slug: string;
  name: string;
  description: string;
  brand: string;
  category: string;
  tags: string[];
  currency: "USD";
  design: SockDesign;
  materials: Material[];
  variants: SeedVariant[];
};

/** S is EU 35–38, M 39–42, L 43–46, XL 47–50; children's sizes go by age in years. */
export type Size = "S" | "M" | "L" | "XL" | "2-4Y" | "4-6Y" | "6-8Y";
type Brand =
  | "Kettle Street"
  | "Moss & Heel"
  | "Larkfoot"
  | "Patina Mills"
  | "Tangerine Toe"
  | "Nightjar & Daughters"
  | "Little Hob";
/** Ground, second and accent, then the yarn of heel, toe and cuff where that is another. */
type Yarns = [ground: string, second: string, accent: string, heelToe?: string];

export type Entry = {
  /** What the product's skus begin with. */
  code: string;
  slug: string;
  name: string;
  brand: Brand;
  description: string;
  tags: string[];
  look: Pick<SockDesign, "silhouette" | "pattern" | "motif" | "cuff">;
  /** By colour name; the first is the one on the product's own picture. */
  yarns: Record<string, Yarns>;
  materials: Record<string, number>;
  sizes: Size[];
  priceCents: number;
  /** Units a variant: the first colour in every size, then the next colour. */
  stock: number[];
};

const dyed = ([ground, second, accent, heelToe]: Yarns) => ({
  colours: [ground, second, accent] as SockDesign["colours"],
  ...(heelToe ? { heelToe } : {}),
});

/** Writes a catalogue entry out as a product: one variant for each colour and size. */
export function sock(category: string, entry: Entry): SeedProduct {
  const { code, slug, name, description, brand, tags, look, materials, sizes, priceCents, stock } = entry;
  const colourways = Object.entries(entry.yarns).map(([colour, yarns]) => ({ name: colour, ...dyed(yarns) }));
  const [{ name: _, ...shown }] = colourways as [(typeof colourways)[number]];
  const variants = colourways.flatMap(({ name: colour }) => sizes.map((size) => ({ size, colour })));
  if (stock.length !== variants.length)
    throw new Error(`${slug} has ${variants.length} variants, not ${stock.length}`);
  return {
    ...{ slug, name, description, brand, category, tags, currency: "USD" },
    design: { ...look, ...shown, colourways },
    materials: Object.entries(materials).map(([fibre, percent]) => ({ fibre, percent })),
    variants: variants.map((options, i) => ({
      sku: skuOf(code, colourways.length > 1 ? options.colour : "", options.size),
      options,
      priceCents,
      stock: stock[i] as number,
    })),
  };
}

const skuOf = (code: string, colour: string, size: Size) =>
  [code, colour.replace(/[^A-Za-z]/g, "").slice(0, 3), size].filter(Boolean).join("-").toUpperCase();
