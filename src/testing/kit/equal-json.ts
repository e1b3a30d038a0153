/** The form of `expect.any(String)` and its like, in vitest, Jest and others. */
interface AsymmetricMatcher {
  asymmetricMatch(other: unknown): boolean;
  toAsymmetricMatcher?(): string;
}

/** Whether two values are the same as JSON. In `expected`, an asymmetric matcher of a test framework equals whatever it matches. */
export function isEqualJson(actual: unknown, expected: unknown): boolean {
  if (isAsymmetric(expected)) return expected.asymmetricMatch(actual);
  if (Array.isArray(expected)) {
    return Array.isArray(actual) && actual.length === expected.length && expected.every((each, index) => isEqualJson(actual[index], each));
  }
  if (typeof expected !== "object" || expected === null) return actual === expected;
  if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return false;
  // An undefined field is treated as missing, because JSON leaves it out.
  const wanted = Object.entries(expected).filter(([, value]) => value !== undefined);
  return (
    wanted.length === Object.keys(actual).length &&
    wanted.every(([key, value]) => Object.hasOwn(actual, key) && isEqualJson(Reflect.get(actual, key), value))
  );
}

/** A value as JSON text, with asymmetric matchers by their names. */
export function formatJson(value: unknown): string {
  const text = JSON.stringify(value, (_, each: unknown) =>
    isAsymmetric(each) ? `${OPEN}${each.toAsymmetricMatcher?.() ?? "matcher"}${CLOSE}` : each,
  );
  return (text ?? "").replaceAll(`"${OPEN}`, "").replaceAll(`${CLOSE}"`, "");
}

// The marks are private use characters (Unicode, section 23.5), because no payload has a reason to hold them.
const [OPEN, CLOSE] = ["\uE000", "\uE001"];

function isAsymmetric(value: unknown): value is AsymmetricMatcher {
  return typeof value === "object" && value !== null && "asymmetricMatch" in value && typeof value.asymmetricMatch === "function";
}
