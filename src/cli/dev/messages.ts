import type { ServedUi } from "../../ui/serve-ui.ts";

/** The OS processes that `perdure dev` runs. */
export const partNames = ["worker", "page"] as const;

export type PartName = (typeof partNames)[number];

/** What a part tells `perdure dev`. */
export type Told =
  /** The folders of the domain, absolute. */
  | { readonly kind: "domain"; readonly folders: readonly string[] }
  /** What has become of the files of generated types. */
  | { readonly kind: "types"; readonly lines: readonly string[] }
  | { readonly kind: "works"; readonly text: string }
  | ({ readonly kind: "serves" } & Pick<ServedUi, "url">);

/** What a part is told: where the page is to be, and that it is to stop. */
export type Order = ServeOrder | { readonly kind: "stop" };

export interface ServeOrder {
  readonly kind: "serve";
  /** `0`: any that is free. */
  readonly port: number;
  /** That of the page before this one, so that a browser goes on with it. */
  readonly token?: string;
}

/** The side of a part. */
export interface Channel {
  tell(told: Told): void;
  /** What it is told to serve. */
  readonly order: Promise<ServeOrder>;
  /** Resolves when the part is to stop, and when `perdure dev` is gone. */
  readonly stopped: Promise<void>;
}

/** The channel to the `perdure dev` that has started this OS process; `undefined` if none has. */
export function openChannel(): Channel | undefined {
  if (process.send === undefined) return undefined;
  const hears = (kind: Order["kind"], listener: (order: Order) => void) =>
    process.on("message", (order: Order) => order.kind === kind && listener(order));
  return {
    tell: (told) => void process.send?.(told),
    order: new Promise((resolve) => void hears("serve", (order) => resolve(order as ServeOrder))),
    stopped: new Promise((resolve) => {
      hears("stop", () => resolve());
      process.once("disconnect", () => resolve());
    }),
  };
}
