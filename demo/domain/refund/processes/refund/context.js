/** What a refund remembers: a schema of the interface that all schema libraries have, written by hand. */
export const context = {
  "~standard": { version: 1, vendor: "perdure-demo", validate: (value) => ({ value: { cents: 0, approvedBy: "", ...value } }) },
};
