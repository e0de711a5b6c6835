import {join} from 'node:path';
import {asciiBytes, hexToBytes} from '../../protocol/bytes.ts';
import type {HostOptions, Protocol} from './host-options.ts';
import type {InitializeRequest, NetworkUpgrades} from './vm-messages.ts';

/** The node of a host that was given no id. */
export const DEFAULT_NODE_ID = Uint8Array.from({length: 20}, (_, index) => index + 1);

/** Compressed generator of BLS12-381's G1: a valid key, as Go plugins insist, that nobody signs with. */
const BLS_PUBLIC_KEY = hexToBytes(
  '97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
);
/** 2020-12-05 05:00 UTC, when the public networks switched: everything is active. */
const ACTIVATION = {seconds: '1607144400', nanos: 0};

const UPGRADE_TIMES = [
  'apricotPhase_1Time',
  'apricotPhase_2Time',
  'apricotPhase_3Time',
  'apricotPhase_4Time',
  'apricotPhase_5Time',
  'apricotPhasePre_6Time',
  'apricotPhase_6Time',
  'apricotPhasePost_6Time',
  'banffTime',
  'cortinaTime',
  'durangoTime',
  'etnaTime',
  'fortunaTime',
  'graniteTime',
] as const;

/** Fields 17 and 18 exist since 44 (in its second release). */
function networkUpgrades(protocol: Protocol): NetworkUpgrades {
  const times = Object.fromEntries(UPGRADE_TIMES.map((name) => [name, ACTIVATION]));
  const cortinaXChainStopVertexId = new Uint8Array(32);
  const base = {...times, apricotPhase_4MinPChainHeight: '0', cortinaXChainStopVertexId};
  if (protocol < 44) return base;
  return {...base, graniteEpochDuration: {seconds: '300', nanos: 0}, heliconTime: ACTIVATION};
}

/** A 32-byte id out of a name, zero padded, as the hosts make those of their own parts. */
export function namedId(name: string): Uint8Array {
  const id = new Uint8Array(32);
  id.set(asciiBytes(name));
  return id;
}

export const SUBNET_ID = namedId('devnet subnet');

type Addresses = {readonly dbServerAddr: string; readonly serverAddr: string};

/** What Initialize carries for this chain on this host. */
export function initializeRequest(
  options: HostOptions,
  protocol: Protocol,
  addresses: Addresses,
): InitializeRequest {
  const {networkId, chainId, nodeId = DEFAULT_NODE_ID, genesisBytes, dataDir} = options;
  return {
    networkId,
    subnetId: SUBNET_ID,
    chainId,
    nodeId,
    publicKey: BLS_PUBLIC_KEY,
    xChainId: namedId('devnet x chain'),
    cChainId: namedId('devnet c chain'),
    avaxAssetId: namedId('devnet asset'),
    chainDataDir: join(dataDir, 'chain-data'),
    genesisBytes,
    upgradeBytes: options.upgradeBytes ?? new Uint8Array(),
    configBytes: options.configBytes ?? new Uint8Array(),
    networkUpgrades: networkUpgrades(protocol),
    ...addresses,
  };
}
