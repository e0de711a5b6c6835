import {type CodecValue, struct, u64} from '../codec.ts';
import {SignedReceipt} from '../overlay/receipt.ts';

/** A record that a member gave a receipt for is gone. Its rules come later. SPEC.md §5.10. */
export const LossClaim = struct('LossClaim', {
  receipt: SignedReceipt,
  /** In whose W the record should be. */
  epoch: u64,
  /** Base units, lost when the claim is answered. */
  deposit: u64,
});
export type LossClaim = CodecValue<typeof LossClaim>;
