import type {ErrorDetails} from '../protocol/errors.ts';
import {ClientError} from './errors.ts';

/** Reads one value of a server's answer. @throws ClientError CLIENT_BAD_RESPONSE with its path. */
export type Check<T> = (value: unknown, path: string) => T;

export function badResponse(path: string, expected: string, details: ErrorDetails = {}): never {
  throw new ClientError('CLIENT_BAD_RESPONSE', {path, expected, ...details});
}

export const text: Check<string> = (value, path) =>
  typeof value === 'string' ? value : badResponse(path, 'text');

export const flag: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : badResponse(path, 'true or false');

export const whole: Check<number> = (value, path) =>
  typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : badResponse(path, 'a whole number');

const MAX_U64 = (1n << 64n) - 1n;

/** A u64 as the decimal text that JSON carries. */
export const u64Text: Check<string> = (value, path) =>
  typeof value === 'string' && /^(0|[1-9][0-9]{0,19})$/.test(value) && BigInt(value) <= MAX_U64
    ? value
    : badResponse(path, 'a decimal u64');

/** 0x-hex of any length. */
export const hex: Check<string> = (value, path) =>
  typeof value === 'string' && /^0x([0-9a-f]{2})*$/.test(value)
    ? value
    : badResponse(path, '0x-hex');

/** 0x-hex of 32 bytes. */
export const hash: Check<string> = (value, path) =>
  typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
    ? value
    : badResponse(path, '0x-hex of 32 bytes');

export function one<const T extends string>(...values: readonly T[]): Check<T> {
  return (value, path) => {
    const found = values.find((known) => known === value);
    return found ?? badResponse(path, values.join(' | '));
  };
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

/** For a field that may be left out. */
export function maybe<T>(check: Check<T>): Check<T | undefined> {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((item, index) => check(item, `${path}[${index}]`))
      : badResponse(path, 'a list');
}

/** Known fields are checked and kept, others dropped: a newer server may say more. */
export function shape<T extends object>(
  fields: {readonly [K in keyof T]-?: Check<T[K]>},
): Check<T> {
  const entries = Object.entries(fields) as [string, Check<unknown>][];
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      badResponse(path, 'an object');
    }
    const source = value as Record<string, unknown>;
    const result: Record<string, unknown> = {};
    for (const [name, check] of entries) {
      const found = check(source[name], path === '' ? name : `${path}.${name}`);
      if (found !== undefined) result[name] = found;
    }
    return result as T;
  };
}
