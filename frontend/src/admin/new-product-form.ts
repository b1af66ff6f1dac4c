import "../forms/zod-without-eval.ts";
import { newProduct } from "@sockshop/contracts/catalog.ts";
import type { NewProduct } from "../api.ts";
import { parseMoney } from "../format.ts";

export type VariantForm = { sku: string; colour: string; size: string; price: string; stock: string };
export type ProductForm = {
  name: string;
  brand: string;
  category: string;
  description: string;
  tags: string;
  variants: VariantForm[];
};

export const emptyVariant = (): VariantForm => ({ sku: "", colour: "", size: "", price: "", stock: "0" });
export const emptyProduct = (): ProductForm => ({
  name: "",
  brand: "",
  category: "",
  description: "",
  tags: "",
  variants: [emptyVariant()],
});

/** The request for a filled form; an amount that is none becomes NaN, which the schema refuses by name. */
export function toNewProduct(form: ProductForm, currency: string): NewProduct {
  const tags = form.tags.split(",").map((tag) => tag.trim());
  return {
    name: form.name,
    brand: form.brand,
    category: form.category,
    description: form.description,
    tags: tags.filter((tag) => tag !== ""),
    currency,
    variants: form.variants.map(({ sku, colour, size, price, stock }) => ({
      sku,
      options: { ...(colour.trim() && { colour: colour.trim() }), ...(size.trim() && { size: size.trim() }) },
      priceCents: parseMoney(price, currency) ?? Number.NaN,
      stock: Number(stock),
    })),
  };
}

export function checkNewProduct(product: NewProduct): Record<string, string> {
  const result = newProduct.safeParse(product);
  if (result.success) return {};
  return Object.fromEntries(result.error.issues.map(({ path, message }) => [path.join("."), message]));
}
