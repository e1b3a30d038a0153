/** Whether `name` is kebab-case as folders and files of a domain are: `order-placed`, `t10-determine-necessity`. */
export function isKebabCase(name: string): boolean {
  return /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name);
}

/** Whether `name` is PascalCase as event types are: `OrderPlaced`. */
export function isPascalCase(name: string): boolean {
  return /^[A-Z][A-Za-z0-9]*$/.test(name);
}

/** Whether `name` is camelCase as command names are: `sendWelcomeEmail`. */
export function isCamelCase(name: string): boolean {
  return /^[a-z][A-Za-z0-9]*$/.test(name);
}

/** `order-placed` is `OrderPlaced`. Two names can give one: `order-2` and `order2` are both `Order2`. */
export function kebabToPascal(name: string): string {
  return name
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}

/** `send-welcome-email` is `sendWelcomeEmail`. */
export function kebabToCamel(name: string): string {
  const pascal = kebabToPascal(name);
  return pascal.charAt(0).toLowerCase() + pascal.slice(1);
}

/** `OrderPlaced` is `order-placed`; every capital begins a part, so that the way back is exact. Takes camelCase too. */
export function pascalToKebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter, at) => (at === 0 ? "" : "-") + letter.toLowerCase());
}

/** The nearest kebab-case spelling of a name that has another: `OrderPlaced`, `order_placed` and `URLFetched` are understood. */
export function toKebabCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^[-0-9]+|-+$/g, "")
    .toLowerCase();
}

/** The name of a process without its aggregate: `order-lifecycle` of `order/order-lifecycle`. */
export function shortProcessName(process: string): string {
  return process.slice(process.indexOf("/") + 1);
}

/** Whether what a chart invokes is a process, `<aggregate>/<name>`, and not a command, whose name has no slash. */
export function isProcessName(invoked: string): boolean {
  return invoked.includes("/");
}

/** The type of the own event that the timed-out handler of the process `name` receives: `OrderLifecycleTimedOut`. */
export function timedOutEventType(name: string): string {
  return `${kebabToPascal(name)}TimedOut`;
}

/** The type of the own event that the failed handler of the process `name` receives: `OrderLifecycleFailed`. */
export function failedEventType(name: string): string {
  return `${kebabToPascal(name)}Failed`;
}

/** The type of the own event of a timer in the chart of the process `name`: `OrderLifecycleTimerDue`. */
export function timerEventType(name: string): string {
  return `${kebabToPascal(name)}TimerDue`;
}

/** The type of the own event that brings the result of an invocation to the chart of the process `name`: `OrderLifecycleInvocationSettled`. */
export function invocationEventType(name: string): string {
  return `${kebabToPascal(name)}InvocationSettled`;
}

/**
 * The type of the own event that the cancelled handler of the process `name` receives, and of the one that ends an instance of it which a chart had
 * invoked: `OrderLifecycleCancelled`.
 */
export function cancelledEventType(name: string): string {
  return `${kebabToPascal(name)}Cancelled`;
}

/** The name of the handler for an event type, which is also its file's: `on-order-placed`. */
export function handlerName(eventType: string): string {
  return `on-${pascalToKebab(eventType)}`;
}
