import { describe, expect, test as it } from "vitest";
import { type ConnectOptions, readConnectOptions } from "../../../src/restate/client/client-options.ts";

const given: ConnectOptions = { definitions: [], ingress: "http://restate:8080", admin: "https://restate.example.org/admin" };

describe("the options of connectRestate", () => {
  it("take the addresses of the server", () => {
    expect(readConnectOptions(given)).toMatchObject({ ingress: given.ingress, admin: given.admin, retryForMs: 30_000, headers: {} });
    expect(readConnectOptions({ definitions: [], ingress: given.ingress }).admin).toBeUndefined();
  });

  // What comes behind a query or a fragment would never be asked for.
  it.each([["restate:8080"], ["http://restate:8080/?token=1"], ["http://restate:8080/#keys"]])("refuse %s as an address", (address) => {
    for (const name of ["ingress", "admin"]) {
      const read = () => readConnectOptions({ ...given, [name]: address });
      expect(read).toThrow(expect.objectContaining({ code: "CONFIG_INVALID", problem: `${name} is "${address}"` }));
    }
  });
});
