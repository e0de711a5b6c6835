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
      listen: ['/ip4/0.0.0.0/tcp/22023', '/ip6/::/tcp/22023'],
      announce: undefined,
      bootstrap: [],
      metrics: {host: '127.0.0.1', port: 22024},
      identity: undefined,
      keyChain: undefined,
      keyRef: undefined,
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

  it('reads where it listens, what it tells, whom it asks first, where it is measured', () => {
    const network = {
      listen: ['/ip4/127.0.0.1/tcp/0'],
      announce: ['/dns4/node.example.org/tcp/443', '/ip6/2001:db8::7/tcp/22023'],
      bootstrap: [`/ip4/192.0.2.1/tcp/1/p2p/${'1'.repeat(52)}`],
    };
    expect(parseNodeConfig({...LEAST, ...network})).toMatchObject(network);
    expect(parseNodeConfig({...LEAST, metrics: '[::1]:0'}).metrics).toEqual({host: '::1', port: 0});
    expect(parseNodeConfig({...LEAST, metrics: 'off'}).metrics).toBeUndefined();
    expect(parseNodeConfig({...LEAST, $schema: './node-config.schema.json'})).toEqual(
      parseNodeConfig(LEAST),
    );
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
    ['listen', {...LEAST, listen: '/ip4/0.0.0.0/tcp/1'}],
    ['listen[1]', {...LEAST, listen: ['/ip4/0.0.0.0/tcp/1', '/ip4/0.0.0.0']}],
    ['announce[0]', {...LEAST, announce: ['example.org:22023']}],
    ['bootstrap[0]', {...LEAST, bootstrap: ['/ip4/192.0.2.1/tcp/1']}],
    ['metrics', {...LEAST, metrics: 'on'}],
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
