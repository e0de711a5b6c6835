import type {
  MaintenanceInfo,
  NodeNotesInfo,
  TransportKeysInfo,
} from '../protocol/api-node-notes.ts';
import {flag, hash, hex, one, orNull, shape, text, u64Text, whole} from './check.ts';

/** Checks of what a node's record says of its orders, its keys and its way out, field by field. */
export const NODE_NOTES = {
  sequence: u64Text,
  transportKeys: shape<TransportKeysInfo>({
    revoked: flag,
    previous: orNull(
      shape<NonNullable<TransportKeysInfo['previous']>>({encryptionKey: hex, epochsLeft: u64Text}),
    ),
    nextHashChainTip: orNull(hash),
  }),
  maintenance: orNull(
    shape<MaintenanceInfo>({
      phase: one('announced', 'running', 'none'),
      fromEpoch: u64Text,
      epochsLeft: whole,
      epochsSpent: whole,
    }),
  ),
  returning: flag,
  queuePosition: orNull(whole),
  successor: orNull(text),
  fault: orNull(shape<NonNullable<NodeNotesInfo['fault']>>({epoch: u64Text, pauseEpochs: u64Text})),
  witnessExcludedEpochs: orNull(u64Text),
} as const;
