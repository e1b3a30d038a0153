import type { ProcessDefinition } from "perdure";
import { createHandler, type HandlerOptions } from "perdure/http";
import { createTestSystem, type TestSystem } from "perdure/testing";
import { onTestFinished } from "vitest";
import { orders } from "../ui/open-ui.ts";

export const base = "http://shop.test/api/perdure/";

export interface Front {
  readonly test: TestSystem;
  /** What was logged as an error. */
  readonly logged: unknown[];
  readonly handle: (request: Request) => Promise<Response>;
  /** What is answered to `GET <path>`. */
  get(path: string): Promise<Response>;
  /** What is answered to `POST <path>` with a body that is called JSON. */
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** A system in a test, with its HTTP front. */
export async function openFront(
  options: Partial<HandlerOptions> = {},
  definitions: readonly ProcessDefinition[] = [orders],
): Promise<Front> {
  const test = await createTestSystem({ definitions, commands: { remind: () => {} } });
  onTestFinished(() => test.stop());
  const logged: unknown[] = [];
  const handle = createHandler(test.system, {
    authorize: () => ({ by: "ada" }),
    path: "/api/perdure",
    logger: { error: (_, fields) => logged.push(fields) },
    ...options,
  });
  return {
    test,
    logged,
    handle,
    get: (path) => handle(new Request(new URL(path, base))),
    post: (path, body, headers = {}) =>
      handle(
        new Request(new URL(path, base), {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: typeof body === "string" ? body : body === undefined ? null : JSON.stringify(body),
        }),
      ),
  };
}

export const readJson = async (response: Promise<Response>): Promise<unknown> => (await response).json();
