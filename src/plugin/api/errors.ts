import {SessionError} from '../../protocol/errors.ts';

/** What the API answers instead of a result. SPEC.md §10. */
export type ApiErrorCode =
  | 'API_PARSE_ERROR'
  | 'API_INVALID_REQUEST'
  | 'API_METHOD_NOT_FOUND'
  | 'API_INVALID_PARAMS'
  | 'API_NOT_FOUND'
  | 'API_TX_REFUSED'
  /** Events after a cursor are no longer kept; `oldest` is the first that is. */
  | 'API_CURSOR_TOO_OLD'
  | 'API_TOO_MANY_SUBSCRIPTIONS'
  | 'API_MESSAGING_OFF_CHAIN'
  | 'API_INTERNAL';

export class ApiError extends SessionError<ApiErrorCode> {}

const NUMBERS: Readonly<Record<ApiErrorCode, number>> = {
  API_PARSE_ERROR: -32_700,
  API_INVALID_REQUEST: -32_600,
  API_METHOD_NOT_FOUND: -32_601,
  API_INVALID_PARAMS: -32_602,
  API_INTERNAL: -32_603,
  API_NOT_FOUND: -32_001,
  API_TX_REFUSED: -32_002,
  API_MESSAGING_OFF_CHAIN: -32_003,
  API_CURSOR_TOO_OLD: -32_004,
  API_TOO_MANY_SUBSCRIPTIONS: -32_005,
};

/** JSON-RPC's own number of an error; −32000 and below is the range of servers. */
export function errorNumber(code: ApiErrorCode): number {
  return NUMBERS[code];
}
