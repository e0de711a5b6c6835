import {createClientLibp2p} from './create-libp2p.ts';
import {NetworkError} from './errors.ts';
import {DEFAULT_LIMITS} from './limits.ts';
import type {Overlay} from './overlay.ts';
import type {ClientOverlayInit} from './overlay-init.ts';
import {OverlayNode} from './overlay-node.ts';
import {transportKey} from './peer-identity.ts';

/** A client's overlay: it dials the peers that it is given, and nobody dials it. */
export async function createClientOverlay(init: ClientOverlayInit): Promise<Overlay> {
  const {chain, ports} = init;
  const limits = {...DEFAULT_LIMITS, ...init.limits};
  const libp2p = await createClientLibp2p(await transportKey(init.transportSeed), limits);
  await libp2p.start();
  return new OverlayNode({
    libp2p,
    chainId: chain.chainId,
    limits,
    ports,
    selfRecord: undefined,
    readIntroduction: async () => {
      throw new NetworkError('NETWORK_UNKNOWN_PEER');
    },
    keepConnections: 0,
    onStop: async () => undefined,
  });
}
