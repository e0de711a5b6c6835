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
  /** Not done: the same call may be made again, with less beside it. */
  | 'API_BUSY'
  | 'API_MESSAGING_OFF_CHAIN'
  | 'API_INTERNAL';

type ApiErrorDescription = {
  /** JSON-RPC's own number; −32000 and below is the range of servers. */
  readonly number: number;
  readonly meaning: string;
};

export const API_ERRORS: Readonly<Record<ApiErrorCode, ApiErrorDescription>> = {
  API_PARSE_ERROR: {number: -32_700, meaning: 'the body is not JSON in UTF-8'},
  API_INVALID_REQUEST: {number: -32_600, meaning: 'not a call, or a batch of a wrong size'},
  API_METHOD_NOT_FOUND: {number: -32_601, meaning: 'no such method'},
  API_INVALID_PARAMS: {number: -32_602, meaning: 'data.param and data.problem say which and what'},
  API_INTERNAL: {number: -32_603, meaning: 'a fault of the server; its log has it'},
  API_NOT_FOUND: {number: -32_001, meaning: 'data.what does not exist, or is not kept any more'},
  API_TX_REFUSED: {number: -32_002, meaning: 'data.reason is the code of the refusal'},
  API_MESSAGING_OFF_CHAIN: {number: -32_003, meaning: 'messages never touch the chain'},
  API_CURSOR_TOO_OLD: {number: -32_004, meaning: 'data.oldest is the first event that is kept'},
  API_TOO_MANY_SUBSCRIPTIONS: {number: -32_005, meaning: 'this connection has its share'},
  API_BUSY: {number: -32_006, meaning: 'not done, data.problem says why; it may be asked again'},
};
