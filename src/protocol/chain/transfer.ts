import {toAddress} from '../bytes.ts';
import {type CodecValue, fixed, struct, u64} from '../codec.ts';

/** Moves base units between accounts. SPEC.md §5.1. */
export const Transfer = struct('Transfer', {
  to: fixed(toAddress),
  /** Base units, at least 1. */
  amount: u64,
});
export type Transfer = CodecValue<typeof Transfer>;
