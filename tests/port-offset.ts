/** How far the tests' shop stands from a running one; so far that no port of it lies among those that Linux hands out. */
export const portOffset = Number(process.env.SOCKSHOP_TEST_PORT_OFFSET ?? 12_000);
