/** Stands in for a payment provider. It never answers about a reference that begins with "unreachable". */
export async function confirmPayment(reference: string): Promise<void> {
  if (reference.startsWith("unreachable")) throw new Error(`no answer about ${reference}`);
}
