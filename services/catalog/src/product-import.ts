import { type importResult, newProduct, productChange } from "@sockshop/contracts/catalog.ts";
import { type Database, type Transaction, withTransaction } from "@sockshop/platform/database.ts";
import { conflict, Problem, parse } from "@sockshop/platform/problem.ts";
import { type CsvError, parse as parseCsv } from "csv-parse/sync";
import type { z } from "zod";
import {
  addProduct,
  changeProduct,
  changeStock,
  productOf,
  productStore,
  slugOf,
} from "./product-commands.ts";
import { variantOf } from "./product-state.ts";

type ImportResult = z.output<typeof importResult>;
type Cells = Partial<Record<string, string>>;
type Line = { number: number; cells: Cells };

const maxLines = 2_000;
const facts = ["slug", "name", "description", "brand", "category", "tags", "images", "currency"];
const columns = new Set([...facts, "sku", "priceCents", "stock", "size", "colour"]);
/** Any other option of a variant is a column of this beginning, such as `option:length`. */
const optionPrefix = "option:";

/**
 * Adds and changes products from CSV, a variant a line; lines of one slug are one product, and an empty cell leaves what
 * is there. Each line lands by itself, so that what is wrong with one costs no other.
 */
export async function importProducts(database: Database, csv: string): Promise<ImportResult> {
  const { lines, errors } = readLines(csv);
  const added = new Set<string>();
  const changed = new Set<string>();
  for (const { number, cells } of lines) {
    try {
      const slug = cells.slug ?? slugOf(cells.name ?? "");
      const outcome = await withTransaction(database, (tx) => importLine(tx, slug, cells));
      if (outcome === "added") added.add(slug);
      else if (outcome === "changed" && !added.has(slug)) changed.add(slug);
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      errors.push({ line: number, message: error.message });
    }
  }
  return { added: added.size, changed: changed.size, errors: errors.sort((a, b) => a.line - b.line) };
}

async function importLine(
  tx: Transaction,
  slug: string,
  cells: Cells,
): Promise<"added" | "changed" | "unchanged"> {
  const id = await productOf(tx, "slug", slug);
  const { sku, priceCents, stock } = cells;
  const options = optionsOf(cells);
  const known = {
    ...Object.fromEntries(
      ["name", "description", "brand", "category", "currency"].map((key) => [key, cells[key]]),
    ),
    tags: listOf(cells.tags),
    images: listOf(cells.images),
  };
  if (!id) {
    const variants = [{ sku, options, priceCents: numberOf(priceCents), stock: numberOf(stock) }];
    await addProduct(tx, parse(newProduct, { ...known, slug, variants }));
    return "added";
  }
  await refuseOtherCurrency(tx, id, cells.currency);
  const variants = sku ? [{ sku, options, priceCents: numberOf(priceCents) }] : undefined;
  const changed = await changeProduct(tx, id, parse(productChange, { ...known, variants }));
  const counted = sku && stock ? await countStock(tx, id, sku, numberOf(stock) ?? 0) : false;
  return changed || counted ? "changed" : "unchanged";
}

/** What was counted is what is on hand: importing a file twice must not double it. */
async function countStock(tx: Transaction, id: string, sku: string, stock: number): Promise<boolean> {
  const { stock: checked } = parse(newProduct.shape.variants.element.pick({ stock: true }), { stock });
  const variant = variantOf(await productStore.lock(tx, id), sku);
  const change = checked - (variant?.onHand ?? 0);
  if (change !== 0) await changeStock(tx, sku, { change, reason: "counted for an import" });
  return change !== 0;
}

async function refuseOtherCurrency(tx: Transaction, id: string, currency: string | undefined): Promise<void> {
  const state = await productStore.load(tx, id);
  if (currency && state.status !== "none" && state.facts.currency !== currency)
    throw conflict("currency", `The product is priced in ${state.facts.currency}, not in ${currency}.`);
}

function readLines(csv: string): { lines: Line[]; errors: ImportResult["errors"] } {
  const broken = new Map<number, string>();
  let last = 1;
  const records = parseCsv(csv, {
    bom: true,
    columns: (header: string[]) => checkedHeader(header),
    trim: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_record: (record, { lines }) => {
      last = lines;
      return { record, lines };
    },
    on_skip: (error: CsvError | undefined) => {
      // A quote that never closes is noticed at the end of the file; the line to look at is where it began.
      const line = error?.code === "CSV_QUOTE_NOT_CLOSED" ? last + 1 : Number(error?.lines ?? last + 1);
      last = Math.max(last, line);
      if (!broken.has(line)) broken.set(line, error?.message ?? "The line cannot be read.");
      return undefined;
    },
  }) as unknown as { record: Record<string, string>; lines: number }[];
  if (records.length > maxLines)
    throw new Problem(413, "too-large", `An import takes ${maxLines} lines at most. Split the file.`);
  const lines = records.map(({ record, lines: number }) => ({
    number,
    cells: Object.fromEntries(Object.entries(record).filter(([, value]) => value !== "")),
  }));
  return { lines, errors: [...broken].map(([line, message]) => ({ line, message })) };
}

function checkedHeader(header: string[]): string[] {
  const unknown = header.filter((name) => !columns.has(name) && !name.startsWith(optionPrefix));
  const twice = header.filter((name, index) => header.indexOf(name) !== index);
  const lacksName = !header.includes("slug") && !header.includes("name");
  if (unknown.length === 0 && twice.length === 0 && !lacksName) return header;
  throw new Problem(
    422,
    "invalid",
    `The first line names the columns: ${[...columns].join(", ")} or ${optionPrefix}…, each once, with slug or name among them.`,
    {
      extra: { errors: [...unknown, ...twice].map((field) => ({ field, message: "is not such a column" })) },
    },
  );
}

function optionsOf(cells: Cells): Record<string, string> | undefined {
  const options = Object.entries(cells).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    if (name === "size" || name === "colour") return [[name, value]];
    return name.startsWith(optionPrefix) ? [[name.slice(optionPrefix.length), value]] : [];
  });
  return options.length > 0 ? Object.fromEntries(options) : undefined;
}

const listOf = (cell: string | undefined) =>
  cell
    ?.split(/[|;]/)
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** Not a number when it is anything but digits, so that the schema refuses it. */
const numberOf = (cell: string | undefined) =>
  cell === undefined ? undefined : /^\d{1,12}$/.test(cell) ? Number(cell) : Number.NaN;
