import {API_ERRORS} from '../../protocol/api-errors.ts';
import type {ChainEvent} from '../../protocol/chain-events.ts';
import {ApiError} from '../api/errors.ts';
import type {RawParams} from '../api/params.ts';

/** One message of a client: a call of JSON-RPC 2.0. */
export type EventCall = {
  readonly id: string | number | null;
  readonly method: string;
  readonly params: RawParams;
};

function asRecord(value: unknown, problem: string): RawParams {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError('API_INVALID_REQUEST', {problem});
  }
  return value as RawParams;
}

/** Whatever can be an id, also of a message that is no call. */
function idOf(value: unknown): EventCall['id'] {
  const {id} = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly id?: unknown;
  };
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError('API_PARSE_ERROR', {problem: 'the message is not JSON'}, {cause});
  }
}

function callOf(value: unknown): EventCall {
  const {method, params = {}} = asRecord(value, 'a call is an object');
  if (typeof method !== 'string') {
    throw new ApiError('API_INVALID_REQUEST', {problem: 'method must be a string'});
  }
  const named = method.replace(/^session(vm)?\./, '');
  return {id: idOf(value), method: named, params: asRecord(params, 'params must be an object')};
}

/** Reads one message; an error comes with the id that it answers. */
export function parseEventCall(
  text: string,
): EventCall | {readonly id: EventCall['id']; readonly error: ApiError} {
  let value: unknown;
  try {
    value = parseJson(text);
    return callOf(value);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return {id: idOf(value), error};
  }
}

export const resultMessage = (id: EventCall['id'], result: object): string =>
  JSON.stringify({jsonrpc: '2.0', id, result});

export function errorMessage(id: EventCall['id'], {code, message, details}: ApiError): string {
  const error = {code: API_ERRORS[code].number, message, data: {code, ...details}};
  return JSON.stringify({jsonrpc: '2.0', id, error});
}

export const eventMessage = (subscription: string, event: ChainEvent): string =>
  JSON.stringify({jsonrpc: '2.0', method: 'event', params: {subscription, event}});

/** Everything up to the cursor has been told. */
export const positionMessage = (subscription: string, cursor: string): string =>
  JSON.stringify({jsonrpc: '2.0', method: 'position', params: {subscription, cursor}});
