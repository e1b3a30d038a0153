import { cases, namedCases } from "./cases/index.ts";
import { type Preparation, prepareStore } from "./prepared-store.ts";

/** What a child is to do, given to it as its argument. */
export type Assignment = MeasureAssignment | { readonly kind: "prepare"; readonly path: string; readonly preparation: Preparation };

export interface MeasureAssignment {
  readonly kind: "measure";
  readonly case: string;
  readonly input: unknown;
  readonly folder: string;
}

export type ChildMessage = { readonly kind: "ready" } | { readonly kind: "done"; readonly figures: unknown };

function tell(message: ChildMessage, onSent: () => void = () => {}): void {
  process.send!(message, undefined, {}, onSent);
}

async function carryOut(assignment: Assignment): Promise<unknown> {
  if (assignment.kind === "prepare") return prepareStore(assignment.path, assignment.preparation);
  const { input, folder } = assignment;
  const { measure } = [...cases, ...namedCases].find(({ name }) => name === assignment.case)!;
  return measure(input, { folder, onReady: () => tell({ kind: "ready" }) });
}

const figures = await carryOut(JSON.parse(process.argv[2]!) as Assignment);
tell({ kind: "done", figures }, () => process.exit(0));
