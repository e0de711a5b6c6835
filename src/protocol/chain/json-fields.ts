import type {ErrorDetails} from '../errors.ts';
import {repeatedName} from '../repeated-name.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Raises the coded error of the file that is read; `path` names the field. */
export type FieldFailure = (path: string, problem: string, details?: ErrorDetails) => never;

const MAX_U64 = (1n << 64n) - 1n;
const decoder = new TextDecoder('utf-8', {fatal: true});

/** Reads the fields of JSON that carries consensus rules: known ones only, each within its bounds. */
export class JsonFields {
  readonly fail: FieldFailure;

  constructor(fail: FieldFailure) {
    this.fail = fail;
  }

  /** The object that these bytes are. Their length was checked before. */
  parse(bytes: Uint8Array): JsonObject {
    let text: string;
    let value: unknown;
    try {
      text = decoder.decode(bytes);
      value = JSON.parse(text);
    } catch {
      return this.fail('', 'is not JSON in UTF-8');
    }
    const repeated = repeatedName(text);
    if (repeated !== undefined) return this.fail(repeated, 'is named twice');
    return this.object(value, '');
  }

  object(value: unknown, path: string): JsonObject {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.fail(path, 'must be an object');
    }
    return value as JsonObject;
  }

  integer(value: unknown, path: string, [min, max]: readonly [number, number]): number {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      return this.fail(path, 'must be a whole number in range', {min, max});
    }
    return value;
  }

  text(value: unknown, path: string, pattern: RegExp): string {
    if (typeof value !== 'string' || !pattern.test(value)) {
      return this.fail(path, `must be text like ${pattern.source}`);
    }
    return value;
  }

  /** Amounts are decimal strings: a u64 does not fit a JSON number. */
  amount(value: unknown, path: string): bigint {
    const amount = BigInt(this.text(value, path, /^(0|[1-9][0-9]{0,19})$/));
    if (amount > MAX_U64) this.fail(path, 'must be below 2^64');
    return amount;
  }

  /** @param prefix path of the object with its dot, or nothing */
  refuseUnknown(object: JsonObject, prefix: string, known: readonly string[]): void {
    for (const key of Object.keys(object)) {
      if (known.includes(key) || key.startsWith('x-')) continue;
      this.fail(`${prefix}${key.slice(0, 40)}`, 'is not a known field (own fields begin with x-)');
    }
  }
}
