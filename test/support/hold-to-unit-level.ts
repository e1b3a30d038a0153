import { afterEach } from "vitest";
import { refuseWaits } from "./unit-level.ts";

// The setup file of the unit level, which vitest evaluates for each test file.
afterEach(refuseWaits);
