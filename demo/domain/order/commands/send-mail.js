/** Nobody gets a mail of the demonstration. */
export function handler() {}
