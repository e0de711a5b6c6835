import {describe, expect, it} from 'vitest';
import {utf8ToBytes} from '../../../src/protocol/bytes.ts';
import {parseGenesis} from '../../../src/protocol/chain/genesis.ts';
import {MAX_GENESIS_BYTES} from '../../../src/protocol/chain/limits.ts';
import {PRESETS} from '../../../src/protocol/chain/rules.ts';

const TIME = '"timestamp":1700000000';
const [A, B] = ['aa'.repeat(20), 'bb'.repeat(20)];
const VM_ID = 'speKUgLBX6WRD5cfGeEfLa43LxTXUBckvtv4td6F3eTXvRP48';
const MAX_U64 = '18446744073709551615';

const parse = (text: string) => parseGenesis(utf8ToBytes(text));

describe('parseGenesis', () => {
  it.each([
    [`{${TIME}}`, 'lux'],
    [`{${TIME},"vmID":"${VM_ID}","config":{"any":1}}`, 'pars'],
    [`{${TIME},"preset":"dev","x-mine":{"y":1},"version":1}`, 'dev'],
  ] as const)('takes %s', (text, preset) => {
    const {timeMs, rules, allocations} = parse(text);
    expect({timeMs, rules, allocations}).toEqual({
      timeMs: 1_700_000_000_000n,
      rules: PRESETS[preset],
      allocations: [],
    });
  });

  it('reads balances in order of their accounts, and all that may be set', () => {
    const rules = '{"epochSeconds":12,"swarmExponent":0,"minStake":"0","minFee":"7"}';
    const token = '{"symbol":"ABC","decimals":18}';
    const text = `{${TIME},"alloc":{"0x${B}":"2","${A}":"1"},"rules":${rules},"token":${token},"message":"é"}`;
    const genesis = parse(text);
    expect(genesis.allocations.map(({amount}) => amount)).toEqual([1n, 2n]);
    expect(genesis.message).toBe('é');
    expect(genesis.rules).toEqual({
      ...PRESETS.lux,
      epochSeconds: 12,
      swarmExponent: 0,
      minStake: 0n,
      minFee: 7n,
      token: {symbol: 'ABC', decimals: 18},
    });
  });

  it.each([
    ['', ''],
    ['{', ''],
    [`{${TIME}`, ''],
    [`{${TIME}}}`, ''],
    ['null', ''],
    ['[]', ''],
    ['{}', 'timestamp'],
    ['{"timestamp":"1700000000"}', 'timestamp'],
    ['{"timestamp":1700000000.5}', 'timestamp'],
    ['{"timestamp":1607144399}', 'timestamp'],
    ['{"timestamp":32503680001}', 'timestamp'],
    [`{${TIME},"version":2}`, 'version'],
    [`{${TIME},"preset":"eth"}`, 'preset'],
    [`{${TIME},"preset":"toString"}`, 'preset'],
    [`{${TIME},"vmID":"other"}`, 'vmID'],
    [`{${TIME},"config":1}`, 'config'],
    [`{${TIME},"frob":1}`, 'frob'],
    [`{${TIME},"message":"${'m'.repeat(1025)}"}`, 'message'],
    [`{${TIME},"token":{"symbol":"abc","decimals":6}}`, 'token.symbol'],
    [`{${TIME},"token":{"symbol":"ABC","decimals":19}}`, 'token.decimals'],
    [`{${TIME},"token":{"symbol":"ABC"}}`, 'token.decimals'],
    [`{${TIME},"rules":{"epochSeconds":11}}`, 'rules.epochSeconds'],
    [`{${TIME},"rules":{"epochSeconds":86401}}`, 'rules.epochSeconds'],
    [`{${TIME},"rules":{"swarmExponent":13}}`, 'rules.swarmExponent'],
    [`{${TIME},"rules":{"minStake":5}}`, 'rules.minStake'],
    [`{${TIME},"rules":{"minPeers":3}}`, 'rules.minPeers'],
    [`{${TIME},"alloc":[]}`, 'alloc'],
    [`{${TIME},"alloc":{"${A.slice(2)}":"1"}}`, `alloc.${A.slice(2)}`],
    [`{${TIME},"alloc":{"${A}":1}}`, `alloc.${A}`],
    [`{${TIME},"alloc":{"${A}":"01"}}`, `alloc.${A}`],
    [`{${TIME},"alloc":{"${A}":"18446744073709551616"}}`, `alloc.${A}`],
    [`{${TIME},"alloc":{"${A}":"${MAX_U64}","${B}":"1"}}`, 'alloc'],
    // One account in two spellings, and one name twice: JSON alone would keep the last.
    [`{${TIME},"alloc":{"${A}":"1","0x${A}":"1"}}`, `alloc.0x${A}`],
    [`{${TIME},"alloc":{"${A}":"1","${A.toUpperCase()}":"1"}}`, `alloc.${A.toUpperCase()}`],
    [`{${TIME},"alloc":{"${A}":"1","${A}":"2"}}`, `alloc.${A}`],
    [`{${TIME},${TIME}}`, 'timestamp'],
    [`{${TIME},"x-a":{"b":1,"b":1}}`, 'x-a.b'],
  ])('refuses %.90s', (text, path) => {
    const details = expect.objectContaining({path, problem: expect.any(String)});
    expect(() => parse(text)).toThrow(expect.objectContaining({code: 'GENESIS_INVALID', details}));
  });

  it('refuses bytes that are no UTF-8, and more than 1 MiB unread', () => {
    const invalid = expect.objectContaining({code: 'GENESIS_INVALID'});
    expect(() => parseGenesis(Uint8Array.of(0x7b, 0xff, 0x7d))).toThrow(invalid);
    const large = expect.objectContaining({code: 'GENESIS_TOO_LARGE'});
    expect(() => parseGenesis(new Uint8Array(MAX_GENESIS_BYTES + 1))).toThrow(large);
    const text = `{${TIME},"x-long":"`;
    const whole = `${text}${'x'.repeat(MAX_GENESIS_BYTES - text.length - 2)}"}`;
    expect(parse(whole).allocations).toEqual([]);
  });
});
