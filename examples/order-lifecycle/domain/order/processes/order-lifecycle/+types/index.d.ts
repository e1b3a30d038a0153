// Written by hand, and as thin as it can be: a later version of Perdure writes the types beside each process.
// They are ambient because the files import "./+types/…" without an extension, which TypeScript does not look up in ES modules.
// An ambient module may not import by a relative path, so the types are named with import().
// oxlint-disable typescript/consistent-type-imports

declare module "*/+types/order-lifecycle" {
  type EventName = "OrderPlaced" | "PaymentReceived" | "OrderFulfilled";

  export namespace ProcessManager {
    type ConfigFunction = (args: { readonly events: Readonly<Record<EventName, string>> }) => {
      readonly startedBy: readonly string[];
      readonly completedBy: readonly string[];
      readonly timeout: import("perdure").Duration;
    };
    type HandlerArgs<Payload> = import("perdure").HandlerArgs<Payload> & { readonly commands: Commands };
  }

  type Commands = Readonly<Record<CommandName, import("perdure").Commands[string]>>;
  type CommandName = "cancelOrder" | "flagForManualReview" | "packOrder" | "sendShippingNotice" | "sendWelcomeEmail";
}

declare module "*/+types/on-order-placed" {
  export namespace ProcessManager {
    type Payload = import("zod").infer<typeof import("../../../events/order-placed.ts").payload>;
    type HandlerArgs = import("./+types/order-lifecycle").ProcessManager.HandlerArgs<Payload>;
  }
}

declare module "*/+types/on-payment-received" {
  export namespace ProcessManager {
    type Payload = import("zod").infer<typeof import("../../../events/payment-received.ts").payload>;
    type HandlerArgs = import("./+types/order-lifecycle").ProcessManager.HandlerArgs<Payload>;
  }
}

declare module "*/+types/on-order-fulfilled" {
  export namespace ProcessManager {
    type Payload = import("zod").infer<typeof import("../../../events/order-fulfilled.ts").payload>;
    type HandlerArgs = import("./+types/order-lifecycle").ProcessManager.HandlerArgs<Payload>;
  }
}

declare module "*/+types/on-order-lifecycle-timed-out" {
  export namespace ProcessManager {
    type HandlerArgs = import("./+types/order-lifecycle").ProcessManager.HandlerArgs<import("perdure").TimedOutPayload>;
  }
}

declare module "*/+types/on-order-lifecycle-failed" {
  export namespace ProcessManager {
    type HandlerArgs = import("./+types/order-lifecycle").ProcessManager.HandlerArgs<import("perdure").FailedPayload>;
  }
}
