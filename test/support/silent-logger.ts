/** For systems of which a test expects failures, so that they are not printed. */
export { silentLogger } from "../../src/platform/logger.ts";
