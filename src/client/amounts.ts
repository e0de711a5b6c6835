import type {Token} from '../protocol/chain/rules.ts';
import {ClientError} from './errors.ts';

const MAX_U64 = (1n << 64n) - 1n;

/**
 * Reads an amount of whole tokens, as in `100` or `0.25`, into base units.
 * @throws ClientError CLIENT_BAD_AMOUNT for other text, too many decimals, or 2^64 and more.
 */
export function parseAmount(amount: string, {symbol, decimals}: Token): bigint {
  const match = /^([0-9]{1,20})(?:\.([0-9]{1,18}))?$/.exec(amount);
  const [, whole, fraction = ''] = match ?? [];
  if (whole === undefined || fraction.length > decimals) {
    throw new ClientError('CLIENT_BAD_AMOUNT', {
      amount: amount.slice(0, 40),
      expected: `${symbol} with at most ${decimals} decimals`,
    });
  }
  const units = BigInt(whole) * 10n ** BigInt(decimals) + BigInt(fraction.padEnd(decimals, '0'));
  if (units > MAX_U64) throw new ClientError('CLIENT_BAD_AMOUNT', {amount, expected: 'below 2^64'});
  return units;
}

/** Base units as tokens with their symbol, without needless zeros: `99.5 LUX`. */
export function formatAmount(units: bigint, {symbol, decimals}: Token): string {
  const scale = 10n ** BigInt(decimals);
  const fraction = (units % scale).toString().padStart(decimals, '0').replace(/0+$/, '');
  const whole = (units / scale).toString();
  return `${whole}${fraction === '' ? '' : `.${fraction}`} ${symbol}`;
}
