/**
 * Events that the runtime sends to a machine beside the domain's own. `migrated` is what delays and inputs see in a state that a migration
 * enters.
 */
export const machineEvents = { failed: "process.failed", resumed: "process.resumed", migrated: "process.migrated" } as const;
