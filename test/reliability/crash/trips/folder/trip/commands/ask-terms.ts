export { handleInvoked as handler } from "../../../harness.ts";
