/** Events that the runtime sends to a machine beside the domain's own. */
export const machineEvents = { failed: "process.failed", resumed: "process.resumed" } as const;
