import { fileURLToPath } from "node:url";

/** This project's folder, with a separator at its end. */
export const projectFolder = fileURLToPath(new URL("../../", import.meta.url));
