import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {API_RESULTS} from '../../src/client/api-results.ts';
import {ClientError} from '../../src/client/errors.ts';
import type {ApiMethod} from '../../src/protocol/api.ts';
import {FakeChain, NETWORK} from '../daemon/fake-chain.ts';

const methods = Object.keys(API_RESULTS) as ApiMethod[];
const DUTIES = new FakeChain().dutiesOf('NodeID-x');

function isReadOrRefused(method: ApiMethod, value: unknown): boolean {
  try {
    API_RESULTS[method](value, method);
    return true;
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'CLIENT_BAD_RESPONSE') throw error;
    return false;
  }
}

describe('answers of a hostile server', () => {
  it.each(methods)('%s: any JSON is read or refused with CLIENT_BAD_RESPONSE', (method) => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => isReadOrRefused(method, value)).not.toThrow();
      }),
      {
        numRuns: 700,
      },
    );
  });

  const whole: readonly (readonly [ApiMethod, object])[] = [
    ['getNetwork', NETWORK],
    ['getDuties', {...DUTIES, w: null}],
  ];
  it.each(whole)('%s: each field is needed and has its type', (method, valid) => {
    expect(isReadOrRefused(method, valid)).toBe(true);
    const optional = ['w'];
    for (const name of Object.keys(valid)) {
      const {[name as keyof typeof valid]: _, ...without} = valid;
      expect(isReadOrRefused(method, without), name).toBe(optional.includes(name));
      expect(isReadOrRefused(method, {...valid, [name]: {wrong: true}}), name).toBe(false);
    }
  });

  it('keeps no field that it does not know, and no prototype', () => {
    const text = `{"txId":"x","extra":1,"__proto__":{"admin":true}}`;
    const read = API_RESULTS.issueTx(JSON.parse(text), 'issueTx');
    expect(Object.getOwnPropertyNames(read)).toEqual(['txId']);
    expect('admin' in read).toBe(false);
  });
});
