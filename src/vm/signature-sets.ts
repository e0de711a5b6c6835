import {addressOf} from '../crypto/ids.ts';
import {bytesToKey, equalBytes, type SigningPublicKey, type TxId} from '../protocol/bytes.ts';
import {isDuty, txContext} from '../protocol/chain/tx.ts';
import {
  bodySignatures,
  nodeKeyOf,
  type SignedPart,
  type SigningContext,
} from './body-signatures.ts';
import {TxError} from './errors.ts';
import {bringKeys, type InlineKeys} from './inline-keys.ts';
import {type ParsedTx, signedBytes} from './parsed-tx.ts';
import {getAccountKey} from './state/accounts.ts';
import type {StateReader} from './state/view.ts';

/** One signature to check. A transaction may bring several; all must hold. */
export type SignatureSet = SignedPart & {readonly txId: TxId};

function signerOf({tx}: ParsedTx, state: StateReader, inline: InlineKeys): SigningPublicKey {
  const {unsigned, publicKey} = tx;
  if (isDuty(unsigned)) return nodeKeyOf(unsigned.value.nodeId, state, inline);
  const {sender} = unsigned.value;
  // Signatures are remembered by tx id, so a key must be the sender's before it vouches for others.
  if (publicKey !== undefined && !equalBytes(addressOf(publicKey), sender)) {
    throw new TxError('TX_KEY_MISMATCH');
  }
  const key = publicKey ?? inline.get(bytesToKey(sender)) ?? getAccountKey(state, sender);
  if (key === undefined) throw new TxError('TX_KEY_MISSING');
  return key;
}

/**
 * The signatures of one transaction, as data: they are verified in bulk, outside this folder. The keys
 * that it brings along join `inline`.
 * @throws TxError when a signer's key is not known, or is not its own.
 */
export function signatureSetsOf(parsed: ParsedTx, context: SigningContext): SignatureSet[] {
  const {id, tx} = parsed;
  const {unsigned, signature} = tx;
  const {state, config, inline} = context;
  const own: SignedPart = {
    publicKey: signerOf(parsed, state, inline),
    context: txContext(unsigned.type),
    message: signedBytes(parsed),
    signature,
  };
  const parts = [own, ...bodySignatures(unsigned, context)];
  bringKeys(inline, tx, config);
  return parts.map((part) => ({txId: id, ...part}));
}
