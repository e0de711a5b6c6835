import {addressOf} from '../crypto/ids.ts';
import {
  type Address,
  bytesToKey,
  equalBytes,
  type Signature,
  type SigningPublicKey,
  type TxId,
} from '../protocol/bytes.ts';
import {NodeConsent, type RegisterServiceNode} from '../protocol/chain/register-service-node.ts';
import {isDuty, txContext} from '../protocol/chain/tx.ts';
import {encode} from '../protocol/codec.ts';
import {SIGNATURE_CONTEXT, type SignatureContext} from '../protocol/domains.ts';
import type {ChainConfig} from './config.ts';
import {TxError} from './errors.ts';
import {type ParsedTx, signedBytes} from './parsed-tx.ts';
import {getAccountKey} from './state/accounts.ts';
import {getServiceNodeKeys} from './state/service-nodes.ts';
import type {StateReader} from './state/view.ts';

/** One signature to check. A transaction may bring several; all must hold. */
export type SignatureSet = {
  readonly txId: TxId;
  readonly publicKey: SigningPublicKey;
  readonly context: SignatureContext;
  readonly message: Uint8Array;
  readonly signature: Signature;
};

/** Keys that transactions before this one bring along, by bytesToKey of the account. */
export type InlineKeys = Map<string, SigningPublicKey>;

/** What the node signed when it agreed to be registered by this sender. */
function consentOf(
  body: RegisterServiceNode,
  owner: Address,
  {networkId, chainId}: ChainConfig,
): Uint8Array {
  const {stake: _stake, consent: _consent, ...identity} = body;
  return encode(NodeConsent, {networkId, chainId, owner, ...identity});
}

function signerOf({tx}: ParsedTx, state: StateReader, inline: InlineKeys): SigningPublicKey {
  const {unsigned, publicKey} = tx;
  if (isDuty(unsigned)) {
    const keys = getServiceNodeKeys(state, unsigned.value.nodeId);
    if (keys === undefined) throw new TxError('TX_NODE_UNKNOWN');
    return keys.publicKey;
  }
  const {sender} = unsigned.value;
  // Signatures are remembered by tx id, so a key must be the sender's before it vouches for others.
  if (publicKey !== undefined && !equalBytes(addressOf(publicKey), sender)) {
    throw new TxError('TX_KEY_MISMATCH');
  }
  const key = publicKey ?? inline.get(bytesToKey(sender)) ?? getAccountKey(state, sender);
  if (key === undefined) throw new TxError('TX_KEY_MISSING');
  if (publicKey !== undefined) inline.set(bytesToKey(sender), publicKey);
  return key;
}

/**
 * The signatures of one transaction, as data: they are verified in bulk, outside this folder.
 * @throws TxError when the signer's key is not known.
 */
export function signatureSetsOf(
  parsed: ParsedTx,
  {state, config, inline}: {state: StateReader; config: ChainConfig; inline: InlineKeys},
): SignatureSet[] {
  const {id, tx} = parsed;
  const {unsigned, signature} = tx;
  const sets: SignatureSet[] = [
    {
      txId: id,
      publicKey: signerOf(parsed, state, inline),
      context: txContext(unsigned.type),
      message: signedBytes(parsed),
      signature,
    },
  ];
  if (unsigned.type === 'registerServiceNode') {
    const {body, sender} = unsigned.value;
    sets.push({
      txId: id,
      publicKey: body.publicKey,
      context: SIGNATURE_CONTEXT.register,
      message: consentOf(body, sender, config),
      signature: body.consent,
    });
  }
  return sets;
}
