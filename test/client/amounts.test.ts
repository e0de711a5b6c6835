import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {formatAmount, parseAmount} from '../../src/client/amounts.ts';
import {ClientError} from '../../src/client/errors.ts';

const LUX = {symbol: 'LUX', decimals: 6};

describe('amounts', () => {
  const rows: readonly (readonly [string, bigint, string])[] = [
    ['100', 100_000_000n, '100 LUX'],
    ['0.25', 250_000n, '0.25 LUX'],
    ['0.000001', 1n, '0.000001 LUX'],
    ['007.50', 7_500_000n, '7.5 LUX'],
    ['18446744073709.551615', (1n << 64n) - 1n, '18446744073709.551615 LUX'],
  ];
  for (const [text, units, shown] of rows) {
    it(`reads ${text} and shows it`, () => {
      expect(parseAmount(text, LUX)).toBe(units);
      expect(formatAmount(units, LUX)).toBe(shown);
    });
  }

  it('refuses what is no amount', () => {
    const bad = [
      '',
      '-1',
      '1e3',
      '1.',
      '.5',
      '1.0000001',
      '0x10',
      '1 000',
      '١',
      '18446744073709.551616',
    ];
    for (const text of bad) expect(() => parseAmount(text, LUX), text).toThrow(ClientError);
  });

  it('works without decimals', () => {
    expect(parseAmount('7', {symbol: 'X', decimals: 0})).toBe(7n);
    expect(() => parseAmount('7.0', {symbol: 'X', decimals: 0})).toThrow(ClientError);
  });

  it('reads back what it shows', () => {
    const property = fc.property(
      fc.bigInt({min: 0n, max: (1n << 64n) - 1n}),
      fc.integer({min: 0, max: 18}),
      (units, decimals) => {
        const token = {symbol: 'T', decimals};
        const shown = formatAmount(units, token);
        expect(parseAmount(shown.replace(' T', ''), token)).toBe(units);
      },
    );
    fc.assert(property);
  });
});
