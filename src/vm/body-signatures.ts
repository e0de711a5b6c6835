import {
  type Address,
  bytesToKey,
  type NodeId,
  type Signature,
  type SigningPublicKey,
} from '../protocol/bytes.ts';
import type {SignedCommitment} from '../protocol/chain/evidence.ts';
import {MaintenanceOrder} from '../protocol/chain/maintenance.ts';
import {NodeConsent, type RegisterServiceNode} from '../protocol/chain/register-service-node.ts';
import {KeyRevocation} from '../protocol/chain/revoke-transport-key.ts';
import {KeyRotation} from '../protocol/chain/rotate-transport-key.ts';
import {UnsignedTx} from '../protocol/chain/tx.ts';
import {encode} from '../protocol/codec.ts';
import {SIGNATURE_CONTEXT, type SignatureContext} from '../protocol/domains.ts';
import type {ChainConfig} from './config.ts';
import {TxError} from './errors.ts';
import type {InlineKeys} from './inline-keys.ts';
import {getServiceNodeKeys} from './state/service-nodes.ts';
import type {StateReader} from './state/view.ts';

/** One signature, what it is over, and by whom. */
export type SignedPart = {
  readonly publicKey: SigningPublicKey;
  readonly context: SignatureContext;
  readonly message: Uint8Array;
  readonly signature: Signature;
};

/** Where signers' keys are looked up: the state, and what earlier transactions bring along. */
export type SigningContext = {
  readonly state: StateReader;
  readonly config: ChainConfig;
  readonly inline: InlineKeys;
};

/** The key of a registered node. @throws TxError TX_NODE_UNKNOWN. */
export function nodeKeyOf(
  nodeId: NodeId,
  state: StateReader,
  inline: InlineKeys,
): SigningPublicKey {
  const key = inline.get(bytesToKey(nodeId)) ?? getServiceNodeKeys(state, nodeId)?.publicKey;
  if (key === undefined) throw new TxError('TX_NODE_UNKNOWN');
  return key;
}

/** What the node signed when it agreed to be registered by this sender. */
function consentOf(
  body: RegisterServiceNode,
  owner: Address,
  {networkId, chainId}: ChainConfig,
): SignedPart {
  const {stake: _stake, consent, ...identity} = body;
  return {
    publicKey: body.publicKey,
    context: SIGNATURE_CONTEXT.register,
    message: encode(NodeConsent, {networkId, chainId, owner, ...identity}),
    signature: consent,
  };
}

/** The accused node signed this commitment, as it would have for a block. */
function commitmentPart(
  {duty, signature}: SignedCommitment,
  {state, inline}: SigningContext,
): SignedPart {
  return {
    publicKey: nodeKeyOf(duty.nodeId, state, inline),
    context: SIGNATURE_CONTEXT.commit,
    message: encode(UnsignedTx, {type: 'storageCommitment', value: duty}),
    signature,
  };
}

/** The order that a node key gave, whoever pays for it: SPEC.md §5.8. */
function orderPart(unsigned: UnsignedTx, {config, state, inline}: SigningContext): SignedPart[] {
  const {networkId, chainId} = config;
  const part = (
    {nodeId, signature}: {readonly nodeId: NodeId; readonly signature: Signature},
    context: SignatureContext,
    message: Uint8Array,
  ): SignedPart[] => [{publicKey: nodeKeyOf(nodeId, state, inline), context, message, signature}];
  switch (unsigned.type) {
    case 'rotateTransportKey': {
      const {body} = unsigned.value;
      const message = encode(KeyRotation, {networkId, chainId, ...body});
      return part(body, SIGNATURE_CONTEXT.rotate, message);
    }
    case 'revokeTransportKey': {
      const {body} = unsigned.value;
      const message = encode(KeyRevocation, {networkId, chainId, ...body});
      return part(body, SIGNATURE_CONTEXT.revoke, message);
    }
    case 'maintenance': {
      const {body} = unsigned.value;
      const message = encode(MaintenanceOrder, {networkId, chainId, ...body});
      return part(body, SIGNATURE_CONTEXT.maintenance, message);
    }
    default:
      return [];
  }
}

/**
 * The signatures inside a transaction's body, beside that of the account or node that sent it.
 * @throws TxError TX_NODE_UNKNOWN.
 */
export function bodySignatures(unsigned: UnsignedTx, context: SigningContext): SignedPart[] {
  switch (unsigned.type) {
    case 'registerServiceNode': {
      const {body, sender} = unsigned.value;
      return [consentOf(body, sender, context.config)];
    }
    case 'evidence': {
      const {first, second} = unsigned.value.body;
      return [commitmentPart(first, context), commitmentPart(second, context)];
    }
    default:
      return orderPart(unsigned, context);
  }
}
