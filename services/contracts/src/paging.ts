import { z } from "zod";

/** Query parameters of every list; out-of-range pages answer an empty `items`. */
export const paging = z.object({
  page: z.coerce.number().int().min(1).max(10_000).default(1),
  pageSize: z.coerce.number().int().min(1).max(100).default(24),
});

/** The one shape of lists: `total` counts every match, not only this page. */
export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), total: z.int(), page: z.int(), pageSize: z.int() });
