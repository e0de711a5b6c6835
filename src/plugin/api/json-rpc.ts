import {API_ERRORS} from '../../protocol/api-errors.ts';
import type {ApiContext} from '../api-context.ts';
import {CallTurns} from './call-turns.ts';
import {dispatch} from './dispatch.ts';
import {ApiError} from './errors.ts';

export type RpcReply = {readonly status: number; readonly body: Uint8Array};

/** Handles the body of one HTTP request to `/rpc`. */
export type Api = {handle(body: Uint8Array): Promise<RpcReply>};

const MAX_BATCH = 100;

export type ApiLimits = {
  /** Requests that are answered at a time; further ones are refused. */
  readonly requests: number;
  /** No call of a batch begins when its answers have so many characters, … */
  readonly answerLength: number;
  /** … or so long after the first of them. */
  readonly batchMs: number;
};

/** SPEC.md §10. The longest single answer, a block as hex, still fits what a client of ours reads. */
export const API_LIMITS: ApiLimits = {
  requests: 64,
  answerLength: 4_194_304,
  batchMs: 2000,
};

type Call = {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
};

type Outcome = {readonly result: unknown} | {readonly error: ApiError};

const decoder = new TextDecoder('utf-8', {fatal: true});
const encoder = new TextEncoder();

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

const isNotification = (call: Call): boolean =>
  call.jsonrpc === '2.0' && !('id' in call) && call.method !== undefined;

/** JSON; nothing for a 2.0 call without an id: it is done, and not answered. */
async function answer(context: ApiContext, value: unknown, refusal?: ApiError): Promise<string> {
  let call: Call = {jsonrpc: '2.0'};
  let outcome: Outcome;
  try {
    call = asCall(value);
    if (refusal !== undefined) throw refusal;
    outcome = {result: await dispatch(context, call)};
  } catch (error) {
    outcome = {error: asApiError(context, error)};
  }
  return isNotification(call) ? '' : toJson(reply(call, outcome));
}

const refuse = (error: ApiError): string => toJson(reply({jsonrpc: '2.0'}, {error}));

const busy = (problem: string): ApiError => new ApiError('API_BUSY', {problem});

/** JSON-RPC 1.0 and 2.0, single calls and batches. */
class JsonRpc implements Api {
  readonly #context: ApiContext;
  readonly #limits: ApiLimits;
  readonly #turns = new CallTurns();
  #requests = 0;

  constructor(context: ApiContext, limits: ApiLimits) {
    this.#context = context;
    this.#limits = limits;
  }

  async handle(body: Uint8Array): Promise<RpcReply> {
    if (this.#requests >= this.#limits.requests) {
      return {status: 503, body: encoder.encode(refuse(busy('too many requests at a time')))};
    }
    this.#requests += 1;
    try {
      await this.#turns.take();
      const text = await this.#answerBody(body);
      return {status: text === '' ? 204 : 200, body: encoder.encode(text)};
    } finally {
      this.#requests -= 1;
    }
  }

  async #answerBody(body: Uint8Array): Promise<string> {
    let parsed: unknown;
    try {
      parsed = parseBody(body);
    } catch (error) {
      return refuse(asApiError(this.#context, error));
    }
    return Array.isArray(parsed) ? this.#answerBatch(parsed) : answer(this.#context, parsed);
  }

  async #answerBatch(calls: readonly unknown[]): Promise<string> {
    if (calls.length === 0 || calls.length > MAX_BATCH) {
      return refuse(new ApiError('API_INVALID_REQUEST', {problem: 'a batch has 1 to 100 calls'}));
    }
    const endsAt = performance.now() + this.#limits.batchMs;
    const answers: string[] = [];
    let [length, refusal]: [number, ApiError | undefined] = [0, undefined];
    for (const call of calls) {
      const text = await answer(this.#context, call, refusal);
      if (text !== '') answers.push(text);
      length += text.length;
      if (length >= this.#limits.answerLength) refusal ??= busy('the answers before are too long');
      if (performance.now() >= endsAt) refusal ??= busy('the calls before took too long');
      if (refusal === undefined) await this.#turns.take();
    }
    return answers.length === 0 ? '' : `[${answers.join(',')}]`;
  }
}

/** Always a JSON answer, never a throw. SPEC.md §10. */
export function createApi(context: ApiContext, limits: ApiLimits = API_LIMITS): Api {
  return new JsonRpc(context, limits);
}
