import { isPlainObject } from "../platform/json.ts";
import { readBy } from "../runtime/check/by.ts";
import { Refusal } from "../serve/refusal.ts";
import type { HandlerOptions, HttpAction } from "./handler-options.ts";

/**
 * Who asks, or the answer that refuses it.
 * @throws Refusal of whoever was not let in; TypeError for a name that no journal takes; what `authorize` throws
 */
export async function authorizeRequest(
  authorize: HandlerOptions["authorize"],
  request: Request,
  action: HttpAction,
): Promise<Response | { readonly by: string | undefined }> {
  // A program in JavaScript may answer with something that only looks like a yes.
  const answer: unknown = await authorize(request, action);
  if (answer === true) return { by: undefined };
  if (answer instanceof Response) return answer;
  if (isPlainObject(answer) && answer["by"] !== undefined) return { by: readName(answer["by"]) };
  throw new Refusal(403, "NOT_AUTHORIZED", "You may not ask for this.");
}

// Whoever sent the request is not to blame for the name.
function readName(by: unknown): string | undefined {
  try {
    return readBy(by) ?? undefined;
  } catch (error) {
    throw new TypeError("authorize has answered with a name that no journal takes", { cause: error });
  }
}
