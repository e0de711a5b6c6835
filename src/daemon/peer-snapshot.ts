import {PREFIX} from '../messaging/key-space.ts';
import type {RecordStore} from '../messaging/record-store.ts';
import type {PeerSnapshot} from '../network/overlay-init.ts';
import {concatBytes, utf8ToBytes} from '../protocol/bytes.ts';

const KEY = concatBytes(PREFIX.local, utf8ToBytes('peers'));

/** Peers that a node knew when it stopped, in its record database. */
export function peerSnapshotIn(store: RecordStore): PeerSnapshot {
  return {
    load: () => store.get(KEY),
    save: (value) => store.write([{type: 'put', key: KEY, value}]),
  };
}
