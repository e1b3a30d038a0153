import { createRequire } from "node:module";
import type * as OpenTelemetry from "@opentelemetry/api";
import { errorToText, ProcessError } from "../errors.ts";
import { findPackageManager } from "../platform/package-manager.ts";

/** The package `@opentelemetry/api`. */
export type Api = typeof OpenTelemetry;

const NAME = "@opentelemetry/api";

/** The versions that Perdure works with, as the package's `peerDependencies` say. */
export const API_RANGE = ">=1.9 <2";

/** How the package is found. */
export interface ApiPorts {
  readonly require: (name: string) => unknown;
  readonly packageManager: typeof findPackageManager;
}

/**
 * Loads the package when telemetry is made, and not with this file, whose import would fail with the words of the module loader where the package is
 * missing.
 * @throws ProcessError `OPENTELEMETRY_UNUSABLE`
 */
export function loadApi(ports: ApiPorts = { require: createRequire(import.meta.url), packageManager: findPackageManager }): Api {
  let loaded: object;
  try {
    loaded = ports.require(NAME) as object;
  } catch (error) {
    throw refuse(ports, describeFailure(error), error);
  }
  if (!neededNames.every((name) => name in loaded)) throw refuse(ports, `is installed in a version that is not ${API_RANGE}`);
  // Its version is not told by its exports, which have what is needed.
  return loaded as Api;
}

const neededNames = ["context", "propagation", "trace", "metrics", "isSpanContextValid", "ROOT_CONTEXT", "SpanKind", "SpanStatusCode"];

function refuse({ packageManager }: ApiPorts, problem: string, cause?: unknown): ProcessError {
  return new ProcessError("OPENTELEMETRY_UNUSABLE", `${NAME} ${problem}`, {
    hint: `Run \`${packageManager().add(`${NAME}@1`)}\`, or leave the option telemetry out.`,
    details: { range: API_RANGE },
    cause,
  });
}

function describeFailure(error: unknown): string {
  const [problem = ""] = errorToText(error).split("\n");
  const isMissing = (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND" && problem.includes(`'${NAME}'`);
  return isMissing ? "is not installed, but telemetry cannot be made without it" : `is installed but cannot be loaded: ${problem}`;
}
