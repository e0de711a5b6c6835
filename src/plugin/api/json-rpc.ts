import {API_ERRORS} from '../../protocol/api-errors.ts';
import type {ApiContext} from '../api-context.ts';
import {dispatch} from './dispatch.ts';
import {ApiError} from './errors.ts';

export type RpcReply = {readonly status: number; readonly body: Uint8Array};

/** Handles the body of one HTTP request to `/rpc`. */
export type Api = {handle(body: Uint8Array): Promise<RpcReply>};

const MAX_BATCH = 100;

type Call = {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
};

type Outcome = {readonly result: unknown} | {readonly error: ApiError};

const decoder = new TextDecoder('utf-8', {fatal: true});

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(body));
  } catch (cause) {
    throw new ApiError('API_PARSE_ERROR', {problem: 'the body is not JSON in UTF-8'}, {cause});
  }
}

/** bigint is no JSON value: as a decimal string it is exact. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, field) =>
    typeof field === 'bigint' ? field.toString() : field,
  );
}

/** 2.0 when the call says so, else the 1.0 form of Go's gorilla codec. */
function reply({jsonrpc, id}: Call, outcome: Outcome): unknown {
  const known = typeof id === 'string' || typeof id === 'number' ? id : null;
  if (jsonrpc !== '2.0') {
    if ('error' in outcome) return {result: null, error: outcome.error.message, id: known};
    return {result: outcome.result, error: null, id: known};
  }
  if (!('error' in outcome)) return {jsonrpc, id: known, result: outcome.result};
  const {code, details, message} = outcome.error;
  return {
    jsonrpc,
    id: known,
    error: {code: API_ERRORS[code].number, message, data: {code, ...details}},
  };
}

function asCall(value: unknown): Call {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError('API_INVALID_REQUEST', {problem: 'a call is an object'});
  }
  return value;
}

/** An unexpected error is ours: the caller learns that it happened, the log learns what. */
function asApiError(context: ApiContext, error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  context.reportInternalError(error);
  return new ApiError('API_INTERNAL', {problem: 'internal error'}, {cause: error});
}

async function answer(context: ApiContext, value: unknown): Promise<unknown> {
  let call: Call = {jsonrpc: '2.0'};
  let outcome: Outcome;
  try {
    call = asCall(value);
    outcome = {result: await dispatch(context, call)};
  } catch (error) {
    outcome = {error: asApiError(context, error)};
  }
  // A 2.0 call without an id is a notification: it is done, and not answered.
  if (call.jsonrpc === '2.0' && !('id' in call) && call.method !== undefined) return undefined;
  return reply(call, outcome);
}

async function answerBatch(context: ApiContext, calls: readonly unknown[]): Promise<unknown> {
  if (calls.length === 0 || calls.length > MAX_BATCH) {
    const error = new ApiError('API_INVALID_REQUEST', {problem: 'a batch has 1 to 100 calls'});
    return reply({jsonrpc: '2.0'}, {error});
  }
  const answers: unknown[] = [];
  for (const call of calls) answers.push(await answer(context, call));
  return answers.filter((entry) => entry !== undefined);
}

async function handleBody(context: ApiContext, body: Uint8Array): Promise<unknown> {
  let parsed: unknown;
  try {
    parsed = parseBody(body);
  } catch (error) {
    return reply({jsonrpc: '2.0'}, {error: asApiError(context, error)});
  }
  return Array.isArray(parsed) ? answerBatch(context, parsed) : answer(context, parsed);
}

/** JSON-RPC 1.0 and 2.0, single calls and batches. Always a JSON answer, never a throw. SPEC.md §10. */
export function createApi(context: ApiContext): Api {
  const encoder = new TextEncoder();
  return {
    async handle(body) {
      const value = await handleBody(context, body);
      const isSilent = value === undefined || (Array.isArray(value) && value.length === 0);
      return {
        status: isSilent ? 204 : 200,
        body: isSilent ? new Uint8Array() : encoder.encode(toJson(value)),
      };
    },
  };
}
