/** Why a request was refused. */
export interface Refused {
  readonly code: string;
  readonly problem: string;
  readonly hint?: string | undefined;
}

/** What a request is refused with: an HTTP status, and why. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: Refused;

  constructor(status: number, code: string, problem: string, hint?: string) {
    super(problem);
    this.status = status;
    this.body = { code, problem, hint };
  }
}
