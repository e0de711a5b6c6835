import {sha256} from '../../crypto/hash.ts';
import {equalBytes, type Hash} from '../../protocol/bytes.ts';
import type {RevokeTransportKey} from '../../protocol/chain/revoke-transport-key.ts';
import type {TransportKeys} from '../../protocol/chain/sparse-records.ts';
import type {ServiceNodeKeys} from '../../protocol/chain/state-records.ts';
import {TxError} from '../errors.ts';
import {transportKeys} from '../state/node-notes.ts';
import {putServiceNode, requireServiceNodeKeys} from '../state/service-nodes.ts';
import {requireNextOrder} from './node-order.ts';
import type {AccountTxType} from './tx-type.ts';

/** What is left without the key of this hash. @throws TxError TX_KEY_UNKNOWN. */
function withoutKey(
  keyHash: Hash,
  {encryptionKey}: ServiceNodeKeys,
  transport: TransportKeys,
): TransportKeys {
  const {previousKey, revoked} = transport;
  if (previousKey !== undefined && equalBytes(sha256(previousKey), keyHash)) {
    return {...transport, previousKey: undefined, previousUntil: 0n};
  }
  if (!revoked && equalBytes(sha256(encryptionKey), keyHash)) return {...transport, revoked: true};
  throw new TxError('TX_KEY_UNKNOWN');
}

/** SPEC.md §5.8. Duties and stake are not touched. */
export const revokeTransportKey: AccountTxType<RevokeTransportKey> = {
  verifySyntactic() {},
  verifySemantic(body, context) {
    const {state} = context;
    const {nodeId, keyHash} = body;
    requireNextOrder(context, body);
    withoutKey(keyHash, requireServiceNodeKeys(state, nodeId), transportKeys.get(state, nodeId));
  },
  execute(body, context) {
    const {state} = context;
    const {nodeId, sequence, keyHash} = body;
    const node = requireNextOrder(context, body);
    const keys = requireServiceNodeKeys(state, nodeId);
    const transport = withoutKey(keyHash, keys, transportKeys.get(state, nodeId));
    transportKeys.put(state, nodeId, transport);
    putServiceNode(state, nodeId, {...node, sequence});
  },
};
