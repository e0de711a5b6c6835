import {SessionError} from '../protocol/errors.ts';

/** What the person at the terminal can put right. SPEC.md §9. */
export type CliErrorCode =
  /** Wrong command, option or argument: exit code 2. */
  | 'CLI_USAGE'
  | 'CLI_NOT_ACCEPTED'
  /** What was looked up is not there. */
  | 'CLI_NOT_FOUND'
  | 'CLI_UNAVAILABLE'
  /** Stdout does not take what was printed: its disk is full, say. */
  | 'CLI_OUTPUT_FAILED'
  /** `doctor` found something that keeps the node from its work. */
  | 'CLI_CHECKS_FAILED';

export class CliError extends SessionError<CliErrorCode> {}

/** @param problem a sentence without its full stop. */
export function usageError(problem: string): CliError {
  return new CliError('CLI_USAGE', {problem});
}
