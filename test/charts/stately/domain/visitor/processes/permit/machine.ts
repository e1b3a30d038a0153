import { createMachine } from "xstate";
import exported from "./permit.json" with { type: "json" };

// TypeScript takes every word in a JSON file for any text, and XState wants "final" where it says "final".
export const machine = createMachine(exported as never);
