import { ProcessError } from "perdure";
import { createTelemetry } from "perdure/opentelemetry";
import { expect, test as it } from "vitest";
import { loadApi } from "../../src/opentelemetry/load-api.ts";
import { findPackageManager } from "../../src/platform/package-manager.ts";

const packageManager = () => findPackageManager("/", "pnpm/10");

/** What is said when the package is loaded in that way. */
function refusal(require: (name: string) => unknown): ProcessError {
  try {
    loadApi({ require, packageManager });
  } catch (error) {
    if (ProcessError.is(error, "OPENTELEMETRY_UNUSABLE")) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

it("where the package is missing, the refusal says what to install", () => {
  const error = refusal(() => {
    throw Object.assign(new Error("Cannot find module '@opentelemetry/api'\nRequire stack:"), { code: "MODULE_NOT_FOUND" });
  });
  expect(error.problem).toBe("@opentelemetry/api is not installed, but telemetry cannot be made without it");
  expect(error.hint).toBe("Run `pnpm add @opentelemetry/api@1`, or leave the option telemetry out.");
});

it("a package that cannot be loaded, or has no metrics, is told apart from one that is missing", () => {
  const broken = refusal(() => {
    throw new SyntaxError("Unexpected token");
  });
  expect(broken.problem).toBe("@opentelemetry/api is installed but cannot be loaded: Unexpected token");
  expect(refusal(() => ({ trace: {}, context: {} })).problem).toBe("@opentelemetry/api is installed in a version that is not >=1.9 <2");
});

it("a wrong option of createTelemetry is refused by its name", () => {
  expect(() => createTelemetry({ meterProvider: {} as never })).toThrow("createTelemetry: meterProvider");
  expect(() => createTelemetry({ tracer: {} } as object)).toThrow("createTelemetry.tracer is not an option");
});
