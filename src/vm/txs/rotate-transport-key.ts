import {isKemPublicKey} from '../../crypto/kem-public-key.ts';
import {equalBytes} from '../../protocol/bytes.ts';
import {KEY_OVERLAP_EPOCHS} from '../../protocol/chain/limits.ts';
import type {RotateTransportKey} from '../../protocol/chain/rotate-transport-key.ts';
import {TxError} from '../errors.ts';
import {transportKeys} from '../state/node-notes.ts';
import {
  putServiceNode,
  putServiceNodeKeys,
  requireServiceNodeKeys,
} from '../state/service-nodes.ts';
import {requireNextOrder} from './node-order.ts';
import type {AccountTxType} from './tx-type.ts';

/** SPEC.md §5.8. The key before stays usable for two transitions, unless it was revoked. */
export const rotateTransportKey: AccountTxType<RotateTransportKey> = {
  verifySyntactic({encryptionKey}) {
    if (!isKemPublicKey(encryptionKey)) throw new TxError('TX_INVALID_ENCRYPTION_KEY');
  },
  verifySemantic(body, context) {
    requireNextOrder(context, body);
    const {encryptionKey} = requireServiceNodeKeys(context.state, body.nodeId);
    if (equalBytes(encryptionKey, body.encryptionKey)) throw new TxError('TX_KEY_UNCHANGED');
  },
  execute(body, context) {
    const {nodeId, sequence, encryptionKey, hashChainTip} = body;
    const {state, running} = context;
    const node = requireNextOrder(context, body);
    const keys = requireServiceNodeKeys(state, nodeId);
    const {revoked, nextHashChainTip} = transportKeys.get(state, nodeId);
    transportKeys.put(state, nodeId, {
      previousKey: revoked ? undefined : keys.encryptionKey,
      previousUntil: revoked ? 0n : running.transitions + KEY_OVERLAP_EPOCHS,
      nextHashChainTip: hashChainTip ?? nextHashChainTip,
      revoked: false,
    });
    putServiceNodeKeys(state, nodeId, {...keys, encryptionKey});
    putServiceNode(state, nodeId, {...node, sequence});
  },
};
