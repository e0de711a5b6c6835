import {addressFromString, idFromString, nodeIdFromString} from '../../crypto/ids.ts';
import {MAX_ID_TEXT, MAX_PAGE} from '../../protocol/api-param-schemas.ts';
import {type Address, hexToBytes, type NodeId, toAddress} from '../../protocol/bytes.ts';
import {CodecError} from '../../protocol/errors.ts';
import {ApiError} from './errors.ts';

/** The parameter object of one call, before its fields are checked. */
export type RawParams = Readonly<Record<string, unknown>>;

function fail(param: string, problem: string): never {
  throw new ApiError('API_INVALID_PARAMS', {param, problem});
}

/** Every parameter has a name that the method knows. */
export function refuseUnknown(params: RawParams, known: readonly string[]): void {
  for (const name of Object.keys(params)) {
    if (!known.includes(name))
      fail(name.slice(0, 40), `unknown; known: ${known.join(', ') || 'none'}`);
  }
}

function textParam(params: RawParams, name: string, maxLength: number): string {
  const value = params[name];
  if (typeof value !== 'string') fail(name, 'must be a string');
  if (value.length > maxLength) fail(name, `must have at most ${maxLength} characters`);
  return value;
}

function parsed<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CodecError) fail(name, error.message);
    throw error;
  }
}

/** Hex of at most `maxBytes`, with or without 0x. */
export function hexParam(params: RawParams, name: string, maxBytes: number): Uint8Array {
  const text = textParam(params, name, 2 + 2 * maxBytes);
  const bytes = parsed(name, () => hexToBytes(text));
  if (bytes.length > maxBytes) fail(name, `must have at most ${maxBytes} bytes`);
  return bytes;
}

/** CB58 of 32 bytes. */
export function idParam(params: RawParams, name: string): Uint8Array {
  const text = textParam(params, name, MAX_ID_TEXT);
  return parsed(name, () => idFromString(text));
}

export function nodeIdParam(params: RawParams, name: string): NodeId {
  const text = textParam(params, name, MAX_ID_TEXT);
  return parsed(name, () => nodeIdFromString(text));
}

export function addressParam(params: RawParams, name: string): Address {
  const text = textParam(params, name, MAX_ID_TEXT);
  return parsed(name, () => toAddress(addressFromString(text)));
}

/** Several of these: `hexParam` for each. */
export function hexListParam(
  params: RawParams,
  name: string,
  {maxItems, maxBytes}: {readonly maxItems: number; readonly maxBytes: number},
): readonly Uint8Array[] {
  const values = params[name];
  if (!Array.isArray(values) || values.length === 0 || values.length > maxItems) {
    fail(name, `must be a list of 1 to ${maxItems}`);
  }
  return values.map((value: unknown) => hexParam({[name]: value}, name, maxBytes));
}

const MAX_U64 = (1n << 64n) - 1n;

/** A decimal string, or a whole number that JSON carries exactly. */
export function u64Param(params: RawParams, name: string): bigint {
  const value = params[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (
    typeof value === 'string' &&
    /^(0|[1-9][0-9]{0,19})$/.test(value) &&
    BigInt(value) <= MAX_U64
  ) {
    return BigInt(value);
  }
  return fail(name, 'must be a decimal string below 2^64');
}

export function numberParam(
  params: RawParams,
  name: string,
  [min, max]: readonly [number, number],
): number {
  const value = params[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    fail(name, `must be a whole number, ${min} to ${max}`);
  }
  return value;
}

/** `limit` of a paged method: 1 to 100, 100 when absent. */
export function limitParam(params: RawParams): number {
  return params['limit'] === undefined ? MAX_PAGE : numberParam(params, 'limit', [1, MAX_PAGE]);
}

/** Whether the caller wants the bytes as well. */
export function wantsHex(params: RawParams): boolean {
  const encoding = params['encoding'];
  if (encoding !== undefined && encoding !== 'hex') fail('encoding', 'must be "hex" or absent');
  return encoding === 'hex';
}
