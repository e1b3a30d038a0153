import type { DispatchedEvent } from "../../definition/model/dispatched-event.ts";

/** An event that is dispatched in so many milliseconds. */
export interface Planned {
  readonly inMs: number;
  readonly event: DispatchedEvent;
}

const items = ["chair", "desk", "lamp", "shelf", "sofa", "mirror", "rug", "stool"];
const names = ["ada", "ben", "cleo", "dan", "eva", "finn", "gita", "hugo", "ines", "jon"];
const streets = ["Calle Mayor 7", "Hauptstrasse 12", "Rue du Four 3", "Via Roma 41"];

/** What happens to an order. `mayFail`: its address may be one that nobody can deliver to. */
export function planOrder(number: number, mayFail: boolean): readonly Planned[] {
  const aggregateId = `order-${number}`;
  const payload = {
    item: oneOf(items),
    email: `${oneOf(names)}@example.com`,
    cents: between(900, 40_000),
    ...(mayFail && happens(0.12) ? {} : { address: { street: oneOf(streets) } }),
  };
  const placed = { inMs: 0, event: { type: "OrderPlaced", aggregateId, payload } };
  // Some never pay, and are late for that.
  if (happens(0.15)) return [placed];
  const paid = { inMs: between(1_000, 30_000), event: { type: "PaymentReceived", aggregateId, payload: { cents: payload.cents } } };
  if (happens(0.06)) return [placed, { inMs: between(2_000, 15_000), event: { type: "OrderCancelled", aggregateId, payload: {} } }];
  const packed = {
    inMs: paid.inMs + between(4_000, 25_000),
    event: { type: "OrderPacked", aggregateId, payload: { parcel: `P-${between(10_000, 99_999)}` } },
  };
  const delivered = { inMs: packed.inMs + between(5_000, 25_000), event: { type: "ParcelDelivered", aggregateId, payload: {} } };
  return [placed, paid, packed, delivered];
}

/** What happens to a request for money. `mayFail`: the bank may refuse it. */
export function planRefund(number: number, mayFail: boolean): readonly Planned[] {
  const aggregateId = `refund-${number}`;
  const requested = { inMs: 0, event: { type: "RefundRequested", aggregateId, payload: { cents: between(500, 20_000) } } };
  if (happens(0.2)) return [requested];
  const account = mayFail && happens(0.3) ? oneOf(["closed", "away"]) : `ES${between(100_000, 999_999)}`;
  const approved = { inMs: between(2_000, 20_000), event: { type: "RefundApproved", aggregateId, payload: { account, by: oneOf(names) } } };
  return [requested, approved];
}

function happens(share: number): boolean {
  return Math.random() < share;
}

function between(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}

function oneOf(all: readonly string[]): string {
  return all[between(0, all.length - 1)]!;
}
