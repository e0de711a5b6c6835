import type {ErrorDetails} from '../protocol/errors.ts';
import type {JsonSchema} from '../protocol/json-schema.ts';
import {ClientError} from './errors.ts';

/** Reads one value of a server's answer. @throws ClientError CLIENT_BAD_RESPONSE with its path. */
export type Check<T> = {
  (value: unknown, path: string): T;
  /** The same in JSON Schema, for `docs/openrpc.json`. */
  readonly schema: JsonSchema;
  /** Whether a field of this may be left out. */
  readonly isOptional?: boolean;
};

/** A check of one's own, with what it takes. */
export function described<T>(
  schema: JsonSchema,
  read: (value: unknown, path: string) => T,
): Check<T> {
  return Object.assign(read, {schema});
}

export function badResponse(path: string, expected: string, details: ErrorDetails = {}): never {
  throw new ClientError('CLIENT_BAD_RESPONSE', {path, expected, ...details});
}

export const text: Check<string> = described({type: 'string'}, (value, path) =>
  typeof value === 'string' ? value : badResponse(path, 'text'),
);

export const flag: Check<boolean> = described({type: 'boolean'}, (value, path) =>
  typeof value === 'boolean' ? value : badResponse(path, 'true or false'),
);

export const whole: Check<number> = described({type: 'integer'}, (value, path) =>
  typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : badResponse(path, 'a whole number'),
);

const MAX_U64 = (1n << 64n) - 1n;

function patterned(pattern: string, expected: string, isValue = (_: string) => true) {
  const form = new RegExp(pattern);
  return described({type: 'string', pattern}, (value, path) =>
    typeof value === 'string' && form.test(value) && isValue(value)
      ? value
      : badResponse(path, expected),
  );
}

/** A u64 as the decimal text that JSON carries. */
export const u64Text: Check<string> = patterned(
  '^(0|[1-9][0-9]{0,19})$',
  'a decimal u64',
  (value) => BigInt(value) <= MAX_U64,
);

/** 0x-hex of any length. */
export const hex: Check<string> = patterned('^0x([0-9a-f]{2})*$', '0x-hex');

/** 0x-hex of 32 bytes. */
export const hash: Check<string> = patterned('^0x[0-9a-f]{64}$', '0x-hex of 32 bytes');

export function one<const T extends string>(...values: readonly T[]): Check<T> {
  return described({type: 'string', enum: values}, (value, path) => {
    const found = values.find((known) => known === value);
    return found ?? badResponse(path, values.join(' | '));
  });
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return described({anyOf: [check.schema, {type: 'null'}]}, (value, path) =>
    value === null ? null : check(value, path),
  );
}

/** For a field that may be left out. */
export function maybe<T>(check: Check<T>): Check<T | undefined> {
  const read = described(check.schema, (value, path) =>
    value === undefined ? undefined : check(value, path),
  );
  return Object.assign(read, {isOptional: true});
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return described({type: 'array', items: check.schema}, (value, path) =>
    Array.isArray(value)
      ? value.map((item, index) => check(item, `${path}[${index}]`))
      : badResponse(path, 'a list'),
  );
}

type Fields<T> = {readonly [K in keyof T]-?: Check<T[K]>};

function schemaOf(entries: readonly [string, Check<unknown>][]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, {schema}]) => [name, schema])),
    required: entries.filter(([, {isOptional}]) => isOptional !== true).map(([name]) => name),
  };
}

/** Known fields are checked and kept, others dropped: a newer server may say more. */
export function shape<T extends object>(fields: Fields<T>): Check<T> {
  const entries = Object.entries(fields) as [string, Check<unknown>][];
  return described(schemaOf(entries), (value, path) => {
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
  });
}

/** A shape by the name of its type in protocol/api.ts: a document has it once, with its comments. */
export function named<T extends object>(title: string, fields: Fields<T>): Check<T> {
  const check = shape(fields);
  return described({title, ...check.schema}, (value, path) => check(value, path));
}
