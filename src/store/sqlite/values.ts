/** What a statement's parameters are bound to, by position. */
export type Values = (string | number | null)[];
