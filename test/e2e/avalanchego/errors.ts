import {SessionError} from '../../../src/protocol/errors.ts';

/** What can end a run. The runner prints the code, its facts and the name of the step. */
export type E2eErrorCode =
  | 'E2E_USAGE'
  | 'E2E_PLUGIN_MISSING'
  | 'E2E_NODE_MISSING'
  | 'E2E_NODE_UNUSABLE'
  | 'E2E_NODE_EXITED'
  | 'E2E_GO_MISSING'
  | 'E2E_GO_FAILED'
  | 'E2E_TIMEOUT'
  | 'E2E_RPC_UNREACHABLE'
  | 'E2E_RPC_REFUSED'
  | 'E2E_PROCESS_LEFT'
  | 'E2E_CHECK';

export class E2eError extends SessionError<E2eErrorCode> {}

/** One check of a step: throws E2E_CHECK with what was expected when it does not hold. */
export function check(
  holds: boolean,
  expected: string,
  details: Readonly<Record<string, string | number | bigint | boolean>> = {},
): asserts holds {
  if (!holds) throw new E2eError('E2E_CHECK', {expected, ...details});
}
