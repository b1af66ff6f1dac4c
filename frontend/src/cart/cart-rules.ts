// The contracts' own numbers, repeated so that no page has to load the schema library for them; a test compares.
export const maxQuantity = 99;
export const freeShippingFromCents = 5000;
