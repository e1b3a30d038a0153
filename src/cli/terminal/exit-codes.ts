import { addHint } from "../../errors.ts";

/** What the command line's exit codes mean. They are stable: scripts switch on them. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  drift: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with a sentence that says what to do, and with an exit code. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;
  /** What went wrong, without the hint that `message` ends with. */
  readonly problem: string;

  constructor(exitCode: ExitCode, problem: string, hint?: string) {
    super(addHint(problem, hint));
    this.exitCode = exitCode;
    this.problem = problem;
  }
}
