import openRpc from '../../../docs/openrpc.json' with {type: 'json'};
import type {ApiMethod} from '../../protocol/api.ts';
import type {ApiContext} from '../api-context.ts';
import {ApiError} from './errors.ts';
import {type RawParams, refuseUnknown} from './params.ts';
import {MESSAGING_METHODS, METHODS} from './registry.ts';

const SERVICES: readonly string[] = ['session', 'sessionvm'];
const MAX_NAME = 64;

/** OpenRPC's own name of the method that describes the others. */
const DISCOVER = 'rpc.discover';

const isMethod = (name: string): name is ApiMethod => Object.hasOwn(METHODS, name);

/** `session.getTx` and `sessionvm.GetTx` are one method: Go clients spell it with a capital. */
function methodOf(name: unknown): ApiMethod {
  if (typeof name !== 'string' || name.length > MAX_NAME) {
    throw new ApiError('API_INVALID_REQUEST', {problem: 'method must be a short string'});
  }
  const [service, method, ...rest] = name.split('.');
  if (
    service === undefined ||
    !SERVICES.includes(service) ||
    method === undefined ||
    rest.length > 0
  ) {
    throw new ApiError('API_METHOD_NOT_FOUND', {method: name, services: SERVICES.join(', ')});
  }
  const lower = method.charAt(0).toLowerCase() + method.slice(1);
  if (isMethod(lower)) return lower;
  if (MESSAGING_METHODS.includes(lower)) {
    const hint = 'messages never touch the chain (LP-046): use a service node';
    throw new ApiError('API_MESSAGING_OFF_CHAIN', {method: name, hint});
  }
  throw new ApiError('API_METHOD_NOT_FOUND', {method: name});
}

/** An object, an array with one object, or nothing at all. */
function paramsOf(params: unknown): RawParams {
  const value = Array.isArray(params) && params.length <= 1 ? params[0] : params;
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ApiError('API_INVALID_PARAMS', {
      problem: 'params must be an object, or an array with one',
    });
  }
  return value as RawParams;
}

/** Runs one call. @throws ApiError */
export async function dispatch(
  context: ApiContext,
  call: {readonly method?: unknown; readonly params?: unknown},
): Promise<unknown> {
  const params = paramsOf(call.params);
  if (call.method === DISCOVER) {
    refuseUnknown(params, []);
    return openRpc;
  }
  const method = METHODS[methodOf(call.method)];
  refuseUnknown(params, method.params);
  return await method.call(context, params);
}
