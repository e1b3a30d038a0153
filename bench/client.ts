import { feedForAWhile } from "./feed.ts";
import { openLifecycles } from "./perdure.ts";

/**
 * What an OS process is told that dispatches beside a worker; it is its argument. It dispatches for as long as it is to be measured, so that
 * what is measured is compiled, says that it is ready, and begins anew at its first message.
 */
export interface ClientOrders {
  readonly path: string;
  readonly relay: boolean;
  /** The number of its first order. */
  readonly first: number;
  readonly callers: number;
  readonly milliseconds: number;
}

/** `orders`: how many it has dispatched since the message before. */
export interface ClientMessage {
  readonly kind: "ready" | "done";
  readonly orders: number;
}

function tell(message: ClientMessage): void {
  process.send!(message);
}

const { path, relay, ...feed } = JSON.parse(process.argv[2]!) as ClientOrders;
const { system } = await openLifecycles({ path, relay, role: "client" });
const begun = new Promise((resolve) => process.once("message", resolve));
// Whoever has started it has let it go, or has ended.
const released = new Promise((resolve) => process.once("disconnect", resolve));
void released.then(() => process.exit());
const warmed = await feedForAWhile((event) => system.dispatch(event), feed);
tell({ kind: "ready", orders: warmed });
await begun;
tell({ kind: "done", orders: await feedForAWhile((event) => system.dispatch(event), { ...feed, first: feed.first + warmed }) });
await system.stop();
