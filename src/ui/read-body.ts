import { isPlainObject } from "../platform/json.ts";
import { readText } from "../serve/read-text.ts";
import { Refusal } from "./respond.ts";
import type { Asked, AskedAll } from "./wire.ts";

/** The largest body of a request, in bytes. */
export const LARGEST_BODY = 1024 * 1024;

const MOST_IDS = 100;

/** @throws Refusal of a body that is too large, or asks for nothing that can be understood */
export async function readAskedAll(request: Request): Promise<AskedAll> {
  const body = readJson(await readText(request, LARGEST_BODY));
  const { ids, reason, ...rest } = isPlainObject(body) ? body : {};
  const areIds = Array.isArray(ids) && ids.length > 0 && ids.length <= MOST_IDS && ids.every((id) => typeof id === "string");
  const isReason = reason === undefined || typeof reason === "string";
  if (areIds && isReason && Object.keys(rest).length === 0) return { ids, ...(reason !== undefined && { reason }) };
  throw new Refusal(400, "BODY_INVALID", `The body must be an object with ids, a list of 1 to ${MOST_IDS} texts, and a reason, a text.`);
}

/** @throws Refusal of a body that is too large, or asks for nothing that can be understood */
export async function readAsked(request: Request): Promise<Asked> {
  const body = readJson(await readText(request, LARGEST_BODY));
  const { id, ...rest } = isPlainObject(body) ? body : {};
  const isText = Object.entries(rest).every(([key, value]) => ["reason", "dueAt", "payload"].includes(key) && typeof value === "string");
  if (typeof id === "string" && isText) return { ...rest, id };
  throw new Refusal(400, "BODY_INVALID", "The body must be an object of texts: id, and reason, dueAt or payload where they apply.");
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal(400, "BODY_INVALID", "The body must be JSON.");
  }
}
