/** The versions of `@restatedev/restate-sdk` that this package works with, as its `peerDependencies` say. */
export const SDK_RANGE = ">=1.14 <2";
const OLDEST_MINOR = 14;

/** Whether a version such as `1.17.2` is in the range. */
export function fitsSdkRange(version: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
  return major === "1" && Number(minor) >= OLDEST_MINOR;
}
