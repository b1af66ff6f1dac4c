export type Numbered = { id: number };
export type Page<Row> = { items: Row[]; nextCursor?: string | undefined };

/**
 * What is shown, newest first, without a hole: everything that matches between its last row and its first. New rows wait while
 * somebody reads. When more came than may wait, or the shop left some out, what is shown gives way to what waits, and
 * paging back from there finds all the others again.
 */
export type RecordWindow<Row> = {
  rows: readonly Row[];
  /** Where paging back goes on; undefined at the end. */
  nextCursor: string | undefined;
  /** Newest first. */
  waiting: readonly Row[];
  /** Rows between `waiting` and `rows` are missing. */
  isTorn: boolean;
};

export const mostWaiting = 5_000;
/** What a live tail keeps below what is new; the rest is paged back when somebody scrolls there. */
export const keptWhileLive = 2_000;

export const opened = <Row>({ items, nextCursor }: Page<Row>): RecordWindow<Row> => ({
  rows: items,
  nextCursor,
  waiting: [],
  isTorn: false,
});

export const withOlder = <Row>(view: RecordWindow<Row>, page: Page<Row>): RecordWindow<Row> => ({
  ...view,
  rows: [...view.rows, ...page.items],
  nextCursor: page.nextCursor,
});

/** Rows that were stored since, oldest first; what is there already is left out. */
export function withNewer<Row extends Numbered>(
  view: RecordWindow<Row>,
  arrived: readonly Row[],
): RecordWindow<Row> {
  const newest = view.waiting[0]?.id ?? view.rows[0]?.id ?? 0;
  const fresh = arrived.filter(({ id }) => id > newest).reverse();
  if (fresh.length === 0) return view;
  const waiting = [...fresh, ...view.waiting];
  if (waiting.length <= mostWaiting) return { ...view, waiting };
  return { ...view, waiting: waiting.slice(0, mostWaiting), isTorn: true };
}

/** The shop has left out rows after all that came so far. */
export const torn = <Row>(view: RecordWindow<Row>): RecordWindow<Row> => ({
  ...view,
  waiting: [],
  isTorn: true,
});

/** Shows what waited. */
export function released<Row extends Numbered>(view: RecordWindow<Row>): RecordWindow<Row> {
  const { rows, nextCursor, waiting, isTorn } = view;
  if (waiting.length === 0) return view;
  const kept = isTorn ? [] : rows.slice(0, keptWhileLive);
  const isShortened = kept.length < rows.length;
  const all = [...waiting, ...kept];
  const last = all.at(-1);
  return {
    rows: all,
    nextCursor: isShortened || isTorn ? String(last?.id) : nextCursor,
    waiting: [],
    isTorn: false,
  };
}
