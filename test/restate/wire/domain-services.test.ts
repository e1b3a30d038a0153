import { describe, expect, test as it } from "vitest";
import { describeService, domainOf, nameDomainServices } from "../../../src/restate/wire/domain-services.ts";

describe("the services of a domain", () => {
  it("begin with its name, and say whose they are", () => {
    const own = nameDomainServices("shop", ["order/order-lifecycle"]);
    expect(own).toEqual({
      name: "shop",
      commands: "shop.commands",
      intake: "shop.intake",
      outside: "shop.outside",
      schedules: "shop.schedules",
    });
    expect(domainOf({ metadata: describeService(own) })).toBe("shop");
    expect([domainOf({}), domainOf({ metadata: { team: "shop" } })]).toEqual([undefined, undefined]);
  });

  it.each(["commands", "intake", "outside", "schedules"].map((name) => `shop/${name}`))(
    "are not called as the process %s is",
    (process) => {
      expect(() => nameDomainServices("shop", ["order/order-lifecycle", process])).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID", details: { option: "name", value: "shop", process } }),
      );
    },
  );
});
