const PREFIX = "order-";

/** The aggregate that the events of an order are about. */
export function idOf(number: number): string {
  return `${PREFIX}${number}`;
}

/** The number of the order that an aggregate is. */
export function numberOf(aggregateId: string): number {
  return Number(aggregateId.slice(PREFIX.length));
}
