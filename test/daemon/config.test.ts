import {describe, expect, it} from 'vitest';
import {parseNodeConfig} from '../../src/daemon/config.ts';
import {ConfigError} from '../../src/daemon/errors.ts';
import {toAddress} from '../../src/protocol/bytes.ts';

const LEAST = {rpc: 'http://127.0.0.1:9650/rpc', data: '/data'};

describe('parseNodeConfig', () => {
  it('fills in what is not said, and freezes', () => {
    const config = parseNodeConfig(LEAST);
    expect(config).toEqual({
      ...LEAST,
      key: '/data/node.key',
      ownerKey: undefined,
      owner: undefined,
      capacity: undefined,
      stake: undefined,
      takeOver: false,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reads every field', () => {
    const owner = `0x${'ab'.repeat(20)}`;
    const more = {key: '/k', owner, capacity: '10GiB', stake: '5', takeOver: true};
    expect(parseNodeConfig({...LEAST, ...more})).toMatchObject({
      key: '/k',
      owner: toAddress(new Uint8Array(20).fill(0xab)),
      capacity: 10n * 1024n ** 3n,
      stake: 5n,
      takeOver: true,
    });
    expect(parseNodeConfig({...LEAST, capacity: 1024}).capacity).toBe(1024n);
  });

  const invalid: readonly (readonly [string, unknown])[] = [
    ['', undefined],
    ['', null],
    ['', []],
    ['', 'text'],
    ['rpc', {data: '/d'}],
    ['rpc', {...LEAST, rpc: 'file:///x'}],
    ['rpc', {...LEAST, rpc: 5}],
    ['data', {rpc: LEAST.rpc}],
    ['data', {...LEAST, data: ''}],
    ['key', {...LEAST, key: 1}],
    ['owner', {...LEAST, owner: '0x12'}],
    ['owner', {...LEAST, owner: 'x'.repeat(40)}],
    ['owner', {...LEAST, owner: '12'.repeat(20), ownerKey: '/o'}],
    ['capacity', {...LEAST, capacity: -5}],
    ['capacity', {...LEAST, capacity: 0}],
    ['capacity', {...LEAST, capacity: '10GB'}],
    ['capacity', {...LEAST, capacity: '2000000TiB'}],
    ['stake', {...LEAST, stake: 100}],
    ['stake', {...LEAST, stake: '0'}],
    ['stake', {...LEAST, stake: '18446744073709551616'}],
    ['takeOver', {...LEAST, takeOver: 'yes'}],
    ['frob', {...LEAST, frob: 1}],
    ['__proto__', JSON.parse('{"rpc":"http://x/","data":"/d","__proto__":{}}')],
  ];
  for (const [path, value] of invalid) {
    it(`names '${path}' in ${JSON.stringify(value)}`, () => {
      let error: unknown;
      try {
        parseNodeConfig(value);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(ConfigError);
      expect(error).toMatchObject({code: 'CONFIG_INVALID', details: {path}});
    });
  }
});
