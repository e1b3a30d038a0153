export { handleCommand as handler } from "../../../harness.ts";
