import type { Policy } from "./+types/count-on-stock-resrved";

// @ts-expect-error StockResrved is not declared; did you mean StockReserved?
export const handler = ({ event }: Policy.HandlerArgs) => event;
