import { describe, expect, test as it } from "vitest";
import { findPackageManager } from "../../../src/platform/package-manager.ts";
import { loadSdk, type SdkPorts } from "../../../src/restate/host/sdk.ts";

const sdk = {};
const ports = (given: Partial<SdkPorts>): SdkPorts => ({
  load: async () => sdk,
  findVersion: () => "1.17.2",
  packageManager: () => ({ ...findPackageManager(), add: (what) => `pnpm add ${what}` }),
  ...given,
});

describe("Restate's SDK", () => {
  it.each(["1.14.0", "1.17.2", "1.30.1"])("is loaded in version %s", async (version) => {
    expect(await loadSdk(ports({ findVersion: () => version }))).toBe(sdk);
  });

  it.each([
    ["is missing", { findVersion: () => undefined }, "is not installed"],
    ["is too old", { findVersion: () => "1.13.9" }, "1.13.9 is installed, but Perdure needs >=1.14 <2"],
    ["is too new", { findVersion: () => "2.0.0" }, "2.0.0 is installed, but Perdure needs >=1.14 <2"],
    ["cannot be loaded", { load: () => Promise.reject(new Error("no wasm\nhere")) }, "1.17.2 is installed but cannot be loaded: no wasm"],
  ])("that %s is refused with the command that installs one", async (_, given, problem) => {
    await expect(loadSdk(ports(given))).rejects.toMatchObject({
      code: "RESTATE_SDK_UNUSABLE",
      problem: expect.stringContaining(`@restatedev/restate-sdk ${problem}`),
      hint: "Run `pnpm add @restatedev/restate-sdk@1`.",
    });
  });
});
