import { ProcessError } from "../../errors.ts";
import type { Admin } from "./admin.ts";

/** The oldest server that Perdure works with. */
export const OLDEST_SERVER = "1.7.12";

/** The version of the server. @throws ProcessError `RESTATE_TOO_OLD`, `RESTATE_UNREACHABLE`, `RESTATE_REFUSED` */
export async function checkServerVersion(admin: Pick<Admin, "url" | "version">): Promise<string> {
  const version = await admin.version();
  if (isAtLeast(version, OLDEST_SERVER)) return version;
  throw new ProcessError("RESTATE_TOO_OLD", `the server of Restate at ${admin.url} is of version ${version}`, {
    hint: `Perdure needs ${OLDEST_SERVER} or newer: update the server.`,
    details: { version, oldest: OLDEST_SERVER },
  });
}

/** What precedes a release, as in `1.8.0-dev`, counts as that release. */
function isAtLeast(version: string, oldest: string): boolean {
  const [given, needed] = [version, oldest].map((each) => each.split(/[.+-]/, 3).map(Number));
  for (const [at, number] of needed!.entries()) if (given![at] !== number) return given![at]! > number;
  return true;
}
