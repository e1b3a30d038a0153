/** Support sleeps. */
export function handler() {}
