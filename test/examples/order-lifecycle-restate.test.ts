import { expect, test } from "vitest";
import { findServer } from "../../examples/order-lifecycle/restate/server.ts";

test("where no server of Restate is installed, the example says which package has one and how to install it", () => {
  expect(() => findServer("darwin", "riscv64")).toThrow(
    /@restatedev\/restate-server-darwin-riscv64 is not installed[^]+npm install --no-save --force/,
  );
});
