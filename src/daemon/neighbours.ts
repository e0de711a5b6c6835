import {DidResolver} from '../client/did-resolver.ts';
import {HouseRpc} from '../client/house-rpc.ts';
import {defaultKeyName, keyRefOf} from '../client/key-record.ts';
import type {NodeId} from '../protocol/bytes.ts';
import type {ChainView} from './chain-view.ts';
import type {NodeConfig} from './config.ts';
import {didPage} from './did-page.ts';
import type {KeyRevoker} from './key-revoker.ts';
import {KeyWatch} from './key-watch.ts';
import type {NodeHealth} from './node-health.ts';
import type {DaemonPorts} from './ports.ts';
import type {EndlessTask} from './run-together.ts';
import type {StatusPage} from './status-server.ts';

/** `/did` when the operator has named an identity chain, else nothing. */
export function identityPages(
  {identity}: Pick<NodeConfig, 'identity'>,
  {view, ports}: {readonly view: ChainView; readonly ports: Pick<DaemonPorts, 'nowMs'>},
  epochSeconds: number,
): Readonly<Record<string, StatusPage>> {
  if (identity === undefined) return {};
  const dids = new DidResolver({
    identities: new HouseRpc({url: identity}),
    nowMs: ports.nowMs,
    cacheMs: epochSeconds * 1000,
  });
  return {'/did': didPage(dids, view)};
}

/** Follows the transport key when the operator has named a key chain, else does nothing. */
export function keyChainTasks(
  {keyChain, keyRef}: Pick<NodeConfig, 'keyChain' | 'keyRef'>,
  {
    revoker,
    health,
    ports,
  }: {
    readonly revoker: KeyRevoker;
    readonly health: Pick<NodeHealth, 'attach'>;
    readonly ports: Pick<DaemonPorts, 'logger' | 'sleep'>;
  },
  {nodeId, epochSeconds}: {readonly nodeId: NodeId; readonly epochSeconds: number},
): readonly EndlessTask[] {
  if (keyChain === undefined) return [];
  const watch = new KeyWatch(
    {
      keys: new HouseRpc({url: keyChain}),
      registeredKey: (signal) => revoker.registeredKey(signal),
      revoke: (key, signal) => revoker.revoke(key, signal),
      ports,
    },
    {ref: keyRefOf(keyRef ?? defaultKeyName(nodeId)), epochSeconds},
  );
  health.attach({problems: () => watch.problems(), keyChain: () => watch.state()});
  return [(signal) => watch.run(signal)];
}
