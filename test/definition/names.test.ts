import { expect, test } from "vitest";
import {
  failedEventType,
  handlerName,
  isCamelCase,
  isKebabCase,
  isPascalCase,
  kebabToCamel,
  kebabToPascal,
  pascalToKebab,
  timedOutEventType,
  toKebabCase,
} from "../../src/definition/model/names.ts";
import { suggestName } from "../../src/platform/suggest.ts";

test.each([
  ["order-placed", "OrderPlaced", "orderPlaced"],
  ["t10-determine-necessity", "T10DetermineNecessity", "t10DetermineNecessity"],
  ["order-v2", "OrderV2", "orderV2"],
  ["a", "A", "a"],
  ["u-r-l-fetched", "URLFetched", "uRLFetched"],
])("%s is the event %s and the command %s, and back", (kebab, pascal, camel) => {
  expect(isKebabCase(kebab)).toBe(true);
  expect(kebabToPascal(kebab)).toBe(pascal);
  expect(kebabToCamel(kebab)).toBe(camel);
  expect(pascalToKebab(pascal)).toBe(kebab);
  expect(pascalToKebab(camel)).toBe(kebab);
});

test.each(["OrderPlaced", "order_placed", "order--placed", "-order", "order-", "2fa", "order placed", "ordér", ""])(
  "%j is not kebab-case",
  (name) => {
    expect(isKebabCase(name)).toBe(false);
  },
);

test("tells Pascal from camel case", () => {
  expect([isPascalCase("OrderPlaced"), isPascalCase("orderPlaced"), isPascalCase("Order.Placed")]).toEqual([true, false, false]);
  expect([isCamelCase("sendEmail"), isCamelCase("SendEmail"), isCamelCase("send-email")]).toEqual([true, false, false]);
});

test.each([
  ["OrderPlaced", "order-placed"],
  ["order_placed", "order-placed"],
  ["onURLFetched", "on-url-fetched"],
  ["order.placed ", "order-placed"],
  ["2fa", "fa"],
  ["--", ""],
])("the nearest kebab-case spelling of %j is %j", (name, kebab) => {
  expect(toKebabCase(name)).toBe(kebab);
});

test("names what belongs to a process and an event", () => {
  expect(timedOutEventType("order-lifecycle")).toBe("OrderLifecycleTimedOut");
  expect(failedEventType("order-lifecycle")).toBe("OrderLifecycleFailed");
  expect(handlerName("OrderPlaced")).toBe("on-order-placed");
});

test("suggests the closest name, and none that is too far away", () => {
  expect(suggestName("OrderPlcaed", ["OrderPaid", "OrderPlaced"])).toBe("OrderPlaced");
  expect(suggestName("OrderPlaced", ["OrderPlaced"])).toBeUndefined();
  expect(suggestName("OrderPlaced", ["OrderRefunded"])).toBeUndefined();
  expect(suggestName("Ab", ["Xy"])).toBeUndefined();
  expect(suggestName("VeryLongEventNameIndeed", ["VeryLongEvntNameInded"])).toBe("VeryLongEvntNameInded");
});
