/** `raise Paid` and `cancel reminder` name what they are about; of the others XState knows the kind alone. */
export function nameBuiltIn(action: object): string {
  const about = "event" in action ? readType(action.event) : "sendId" in action ? action.sendId : "";
  return `${readType(action).replace("xstate.", "")}${typeof about === "string" && about !== "" ? ` ${about}` : ""}`;
}

/** What has to hold, in words: its name, `not isPaid`, `in #order.open`; `a condition` for a function without a name. */
export function nameGuard(guard: unknown): string {
  const type = readType(guard);
  if (typeof guard !== "function") return type;
  if ("guards" in guard && Array.isArray(guard.guards)) {
    const parts = guard.guards.map(nameGuard);
    return guard.name === "not" ? `not ${parts.join("")}` : parts.join(` ${guard.name} `);
  }
  if ("stateValue" in guard) return `in ${typeof guard.stateValue === "string" ? guard.stateValue : JSON.stringify(guard.stateValue)}`;
  return guard.name === "" || guard.name === "guard" ? "a condition" : guard.name;
}

/** The name of what is named by a text, an object with a `type`, or a function that has one. */
export function readType(part: unknown): string {
  if (typeof part === "string") return part;
  const isNamed =
    (typeof part === "object" || typeof part === "function") && part !== null && "type" in part && typeof part.type === "string";
  return isNamed ? (part as { readonly type: string }).type : "";
}

/** What is invoked, by the name that it has to have; a machine with logic in its place has been refused. */
export function nameSource(src: unknown): string {
  return typeof src === "string" ? src : "a command without a name";
}
